{{/* One full name for all objects of a release: its own name if that says sluice already. */}}
{{- define "sluice.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- $name := .Values.nameOverride | default .Chart.Name }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{/* What selects a component's pods; must never change between versions. Takes (dict "root" . "component" NAME). */}}
{{- define "sluice.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Values.nameOverride | default .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Labels of a component's objects. Takes (dict "root" . "component" NAME). Those of the user never replace the chart's. */}}
{{- define "sluice.labels" -}}
{{- $own := fromYaml (include "sluice.selectorLabels" .) }}
{{- $_ := set $own "app.kubernetes.io/version" .root.Chart.AppVersion }}
{{- $_ := set $own "app.kubernetes.io/managed-by" .root.Release.Service }}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_") }}
{{- toYaml (merge $own .root.Values.commonLabels) }}
{{- end }}

{{/* Labels of a component's pods: without versions, so that only a real change restarts them. */}}
{{- define "sluice.podLabels" -}}
{{- toYaml (merge (fromYaml (include "sluice.selectorLabels" .)) .root.Values.controller.podLabels .root.Values.commonLabels) }}
{{- end }}

{{- define "sluice.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- .Values.serviceAccount.name | default (include "sluice.fullname" .) }}
{{- else }}
{{- required "serviceAccount.name is missing: with serviceAccount.create=false name the service account to use" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "sluice.image" -}}
{{- with .Values.image }}
{{- if .digest }}
{{- printf "%s@%s" .repository .digest }}
{{- else }}
{{- printf "%s:%s" .repository (.tag | default $.Chart.AppVersion) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "sluice.clusterName" -}}
{{- required "clusterName is missing: set it to the name of this cluster (--set clusterName=NAME)" .Values.clusterName }}
{{- end }}

{{/* "true" when aws-load-balancer-controller's class is held too, so that its Lease must be read. */}}
{{- define "sluice.withLbc" -}}
{{- if has "service.k8s.aws/nlb" (splitList "," (include "sluice.classes" .)) }}true{{ end }}
{{- end }}

{{/* "true" unless the value is false: leader election is on by default. */}}
{{- define "sluice.leaderElect" -}}
{{- if not (and (kindIs "bool" .Values.controller.leaderElect) (not .Values.controller.leaderElect)) }}true{{ end }}
{{- end }}

{{- define "sluice.subjects" -}}
subjects:
  - kind: ServiceAccount
    name: {{ include "sluice.serviceAccountName" . }}
    namespace: {{ .Release.Namespace }}
{{- end }}

{{/* What a pod of Sluice has besides its containers. Takes the root. */}}
{{- define "sluice.podSpec" -}}
serviceAccountName: {{ include "sluice.serviceAccountName" . }}
automountServiceAccountToken: true
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.controller }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .extraVolumes }}
volumes:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* What a container of Sluice has besides its arguments; the image's entrypoint is the program. Takes the root. */}}
{{- define "sluice.containerSpec" -}}
image: {{ include "sluice.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
env:
  - name: POD_NAME
    valueFrom:
      fieldRef:
        fieldPath: metadata.name
  - name: POD_NAMESPACE
    valueFrom:
      fieldRef:
        fieldPath: metadata.namespace
  {{- with .Values.controller.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.controller }}
{{- with .securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .extraVolumeMounts }}
volumeMounts:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* The class that new Services get, empty when they get none. */}}
{{- define "sluice.defaultClass" -}}
{{- with .Values.defaultLoadBalancerClass }}
{{- if and .enabled (not $.Values.controller.classless) ($.Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy") }}
{{- .class | default (first (splitList "," (include "sluice.classes" $))) }}
{{- end }}
{{- end }}
{{- end }}

{{/* Combinations that can't work, each with what to do. Renders nothing. */}}
{{- define "sluice.validate" -}}
{{- $controller := .Values.controller }}
{{- if and (gt (int64 $controller.replicas) 1) (not (include "sluice.leaderElect" .)) }}
{{- fail (printf "controller.replicas is %d without leader election: two controllers would act on the same Services; set controller.replicas=1 or leave controller.leaderElect on" (int64 $controller.replicas)) }}
{{- end }}
{{- with $controller.podDisruptionBudget }}
{{- if and (not (kindIs "invalid" .minAvailable)) (not (kindIs "invalid" .maxUnavailable)) }}
{{- fail "controller.podDisruptionBudget has minAvailable and maxUnavailable: only one is allowed; set maxUnavailable=null to use minAvailable" }}
{{- end }}
{{- end }}
{{- with $controller.serviceMonitor }}
{{- if .enabled }}
{{- if eq (int64 $controller.metricsPort) 0 }}
{{- fail "controller.serviceMonitor.enabled is true and controller.metricsPort is 0: there is nothing to scrape; give a port" }}
{{- end }}
{{- if not (or .force ($.Capabilities.APIVersions.Has "monitoring.coreos.com/v1/ServiceMonitor")) }}
{{- fail "controller.serviceMonitor.enabled is true and the API server serves no monitoring.coreos.com/v1 ServiceMonitor: install prometheus-operator's CRDs first, or set controller.serviceMonitor.force=true" }}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.defaultLoadBalancerClass.class }}
{{- $held := include "sluice.classes" $ }}
{{- if not (has . (splitList "," $held)) }}
{{- fail (printf "defaultLoadBalancerClass.class is %q, which is not among controller.loadBalancerClass (%s): no one would serve those Services; use one of them" . $held) }}
{{- end }}
{{- end }}
{{- end }}
