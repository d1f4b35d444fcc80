// Command service-controller runs the upstream cloud service controller
// (k8s.io/cloud-provider/controllers/service) against a kubeconfig with upstream's fake cloud.
// The tests run it beside Sluice to see what a cloud-controller-manager does to Services that are Sluice's.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	servicecontroller "k8s.io/cloud-provider/controllers/service"
	fakecloud "k8s.io/cloud-provider/fake"
	"k8s.io/component-base/featuregate"
	controllersmetrics "k8s.io/component-base/metrics/prometheus/controllers"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "path of the kubeconfig")
	clusterName := flag.String("cluster-name", "upstream", "cluster name given to the cloud")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *kubeconfig, *clusterName); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, kubeconfig, clusterName string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 30*time.Second)
	controller, err := servicecontroller.New(&fakecloud.Cloud{}, client,
		factory.Core().V1().Services(), factory.Core().V1().Nodes(), clusterName, featuregate.NewFeatureGate())
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	fmt.Println("service-controller: running")
	controller.Run(ctx, 1, controllersmetrics.NewControllerManagerMetrics("service-controller"))
	return nil
}
