{{- /* Made from the code by `npm run generate`; change it there. */ -}}
{{- /* Flags of `sluice controller` that are set. Those that are not keep the program's defaults. */}}
{{- define "sluice.controller.flags" -}}
{{- with .Values.controller }}
{{- if not (kindIs "invalid" .region) }}
- {{ printf "--region=%s" .region | quote }}
{{- end }}
{{- if not (kindIs "invalid" .vpcId) }}
- {{ printf "--vpc-id=%s" .vpcId | quote }}
{{- end }}
{{- if not (kindIs "invalid" .loadBalancerClass) }}
- {{ printf "--load-balancer-class=%s" (join "," .loadBalancerClass) | quote }}
{{- end }}
{{- if not (kindIs "invalid" .classless) }}
- {{ printf "--classless=%t" .classless | quote }}
{{- end }}
{{- if not (kindIs "invalid" .awsRequestTimeout) }}
- {{ printf "--aws-request-timeout=%s" .awsRequestTimeout | quote }}
{{- end }}
{{- if not (kindIs "invalid" .defaultScheme) }}
- {{ printf "--default-scheme=%s" .defaultScheme | quote }}
{{- end }}
{{- if not (kindIs "invalid" .nodeSgRuleBudget) }}
- {{ printf "--node-sg-rule-budget=%d" (int64 .nodeSgRuleBudget) | quote }}
{{- end }}
{{- if not (kindIs "invalid" .concurrency) }}
- {{ printf "--concurrency=%d" (int64 .concurrency) | quote }}
{{- end }}
{{- if not (kindIs "invalid" .driftPeriod) }}
- {{ printf "--drift-period=%s" .driftPeriod | quote }}
{{- end }}
{{- if not (kindIs "invalid" .awsRateLimits) }}
- {{ printf "--aws-rate-limits=%s" (ternary "off" .awsRateLimits (kindIs "bool" .awsRateLimits)) | quote }}
{{- end }}
{{- if not (kindIs "invalid" .leaderElect) }}
- {{ printf "--leader-elect=%t" .leaderElect | quote }}
{{- end }}
{{- if not (kindIs "invalid" .leaderElectLeaseName) }}
- {{ printf "--leader-elect-lease-name=%s" .leaderElectLeaseName | quote }}
{{- end }}
{{- if not (kindIs "invalid" .leaderElectLeaseDuration) }}
- {{ printf "--leader-elect-lease-duration=%s" .leaderElectLeaseDuration | quote }}
{{- end }}
{{- if not (kindIs "invalid" .leaderElectRenewDeadline) }}
- {{ printf "--leader-elect-renew-deadline=%s" .leaderElectRenewDeadline | quote }}
{{- end }}
{{- if not (kindIs "invalid" .leaderElectRetryPeriod) }}
- {{ printf "--leader-elect-retry-period=%s" .leaderElectRetryPeriod | quote }}
{{- end }}
{{- if not (kindIs "invalid" .logLevel) }}
- {{ printf "--log-level=%s" .logLevel | quote }}
{{- end }}
{{- if not (kindIs "invalid" .logFormat) }}
- {{ printf "--log-format=%s" .logFormat | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- /* Flags that `sluice release` shares with the controller. */}}
{{- define "sluice.release.flags" -}}
{{- with .Values.controller }}
{{- if not (kindIs "invalid" .region) }}
- {{ printf "--region=%s" .region | quote }}
{{- end }}
{{- if not (kindIs "invalid" .vpcId) }}
- {{ printf "--vpc-id=%s" .vpcId | quote }}
{{- end }}
{{- if not (kindIs "invalid" .loadBalancerClass) }}
- {{ printf "--load-balancer-class=%s" (join "," .loadBalancerClass) | quote }}
{{- end }}
{{- if not (kindIs "invalid" .classless) }}
- {{ printf "--classless=%t" .classless | quote }}
{{- end }}
{{- if not (kindIs "invalid" .awsRequestTimeout) }}
- {{ printf "--aws-request-timeout=%s" .awsRequestTimeout | quote }}
{{- end }}
{{- if not (kindIs "invalid" .logLevel) }}
- {{ printf "--log-level=%s" .logLevel | quote }}
{{- end }}
{{- if not (kindIs "invalid" .logFormat) }}
- {{ printf "--log-format=%s" .logFormat | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- /* The name of the Lease, for the role. */}}
{{- define "sluice.leaseName" -}}
{{- .Values.controller.leaderElectLeaseName | default "sluice-controller" }}
{{- end }}
{{- /* The classes that are held, between commas. */}}
{{- define "sluice.classes" -}}
{{- join "," (.Values.controller.loadBalancerClass | default (list "sluice.dev/nlb")) }}
{{- end }}
