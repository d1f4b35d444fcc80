// Command kube-internal prints, as JSON, Kubernetes' internal types of pods, claims and jobs: upstream puts values of these
// into some messages ("field is immutable", "may not change fields other than"). For each struct it tells the fields in
// order, with the name that clients know. It makes src/cluster/schema/internal.json.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/kubernetes/pkg/apis/batch"
	"k8s.io/kubernetes/pkg/apis/core"
)

// Fields by type; each is "GoName jsonName type" ("-" for the fields of an embedded struct), where a type is a struct's name, string, bool, int, Quantity,
// IntOrString, Time, or json (written as clients know it); after "*" it may be null, "[]" and "{}" are lists and maps.
var types = map[string][]string{}

var special = map[reflect.Type]string{
	reflect.TypeFor[resource.Quantity]():  "Quantity",
	reflect.TypeFor[intstr.IntOrString](): "IntOrString",
	reflect.TypeFor[metav1.Time]():        "Time",
}

// describe names a type; external is how clients know it, or nil.
func describe(internal, external reflect.Type) string {
	if internal.Kind() == reflect.Pointer {
		if external != nil && external.Kind() == reflect.Pointer {
			external = external.Elem()
		}
		return "*" + describe(internal.Elem(), external)
	}
	if external != nil && external.Kind() == reflect.Pointer {
		external = external.Elem()
	}
	if name, ok := special[internal]; ok {
		return name
	}
	switch internal.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "bool"
	case reflect.Int, reflect.Int32, reflect.Int64:
		return "int"
	case reflect.Slice:
		return "[]" + describe(internal.Elem(), elem(external))
	case reflect.Map:
		return "{}" + describe(internal.Elem(), elem(external))
	case reflect.Struct:
		if strings.Contains(internal.PkgPath(), "k8s.io/kubernetes/") && external != nil {
			visit(internal, external)
			return internal.Name()
		}
	}
	return "json"
}

func elem(t reflect.Type) reflect.Type {
	if t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Map) {
		return t.Elem()
	}
	return nil
}

func visit(internal, external reflect.Type) {
	name := internal.Name()
	if _, done := types[name]; done {
		return
	}
	types[name] = []string{}
	types[name] = fieldsOf(internal, external)
}

func fieldsOf(internal, external reflect.Type) []string {
	fields := []string{}
	for i := range internal.NumField() {
		f := internal.Field(i)
		if f.Anonymous && f.Tag.Get("json") == "" && strings.Contains(f.Type.PkgPath(), "k8s.io/kubernetes/") {
			// The fields of an embedded struct are its owner's.
			of := external
			if same, ok := external.FieldByName(f.Name); ok {
				of = same.Type
			}
			fields = append(fields, fieldsOf(f.Type, of)...)
			continue
		}
		same, ok := external.FieldByName(f.Name)
		if !ok {
			same, ok = external.FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, f.Name) })
		}
		tag := strings.Split(f.Tag.Get("json"), ",")[0]
		if !ok {
			if strings.HasPrefix(f.Name, "TypeMeta") {
				continue
			}
			fmt.Fprintf(os.Stderr, "%s.%s has no counterpart\n", internal.Name(), f.Name)
			fields = append(fields, fmt.Sprintf("%s - %s", f.Name, describe(f.Type, nil)))
			continue
		}
		known := strings.Split(same.Tag.Get("json"), ",")[0]
		goName := f.Name
		if f.Anonymous && f.Tag.Get("json") == "" {
			goName = "-" // metav1.ObjectMeta: its fields are its owner's
		}
		if tag != "" {
			goName = tag
		}
		if known == "" {
			continue // TypeMeta
		}
		fields = append(fields, fmt.Sprintf("%s %s %s", goName, known, describe(f.Type, same.Type)))
	}
	return fields
}

func main() {
	visit(reflect.TypeFor[core.PodTemplateSpec](), reflect.TypeFor[corev1.PodTemplateSpec]())
	visit(reflect.TypeFor[core.PersistentVolumeClaim](), reflect.TypeFor[corev1.PersistentVolumeClaim]())
	visit(reflect.TypeFor[core.PodResourceClaim](), reflect.TypeFor[corev1.PodResourceClaim]())
	visit(reflect.TypeFor[batch.JobSpec](), reflect.TypeFor[batchv1.JobSpec]())
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(types); err != nil {
		panic(err)
	}
}
