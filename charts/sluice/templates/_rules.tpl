{{- /* Made from the code by `npm run generate`; change it there. */ -}}
{{- /* What the controller always needs. */}}
{{- define "sluice.rules.controller" -}}
- apiGroups: [""]
  resources: [services]
  verbs:
    - list # which Services there are
    - watch # how they change
    - patch # finalizer and last-applied record
- apiGroups: [""]
  resources: [services/status]
  verbs:
    - patch # hostname and conditions
- apiGroups: [""]
  resources: [nodes]
  verbs:
    - list # which instances are targets
    - watch # how they change
- apiGroups: [""]
  resources: [events]
  verbs:
    - create # what happened to a Service
    - patch # that it happened again
{{- end }}
{{- /* Electing a leader. */}}
{{- define "sluice.rules.leaderElection" -}}
- apiGroups: ["coordination.k8s.io"]
  resources: [leases]
  verbs:
    - create # the first leader makes the Lease
- apiGroups: ["coordination.k8s.io"]
  resources: [leases]
  resourceNames: [{{ include "sluice.leaseName" . | quote }}]
  verbs:
    - get # who leads
    - update # taking, renewing and giving back the Lease
{{- end }}
{{- /* Holding aws-load-balancer-controller's class. */}}
{{- define "sluice.rules.lbc" -}}
- apiGroups: ["coordination.k8s.io"]
  resources: [leases]
  resourceNames: [aws-load-balancer-controller-leader]
  verbs:
    - get # whether aws-load-balancer-controller is at work, whose class is held too
{{- end }}
{{- /* What `sluice release` always needs. */}}
{{- define "sluice.rules.release" -}}
- apiGroups: [""]
  resources: [services]
  verbs:
    - list # which Services are held
    - get # the Service as it is now
    - patch # mark, finalizer and record
- apiGroups: [""]
  resources: [services/status]
  verbs:
    - patch # the conditions go
- apiGroups: [""]
  resources: [events]
  verbs:
    - create # that the Service was released
{{- end }}
{{- /* `sluice release --delete`. */}}
{{- define "sluice.rules.releaseDelete" -}}
- apiGroups: [""]
  resources: [nodes]
  verbs:
    - list # the Region, the VPC, and whose security groups have rules
{{- end }}
