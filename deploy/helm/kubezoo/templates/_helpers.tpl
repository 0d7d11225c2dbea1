{{- define "kubezoo.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "kubezoo.selector" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride | trunc 63 }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "kubezoo.labels" -}}
{{ include "kubezoo.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end -}}

{{- define "kubezoo.image" -}}
{{- $tag := .image.tag | default .root.Chart.AppVersion -}}
{{- if .image.digest -}}{{ .image.repository }}@{{ .image.digest }}{{- else -}}{{ .image.repository }}:{{ $tag }}{{- end -}}
{{- end -}}

{{- define "kubezoo.pkiSecret" -}}
{{- .Values.pki.secretName | default (printf "%s-pki" (include "kubezoo.fullname" .)) -}}
{{- end -}}

{{- /* The Secret of the certificate that clients are shown; empty: it is among the pki's. */ -}}
{{- define "kubezoo.servingSecret" -}}
{{- if .Values.serving.certManager.enabled -}}
{{- .Values.serving.secretName | default (printf "%s-serving" (include "kubezoo.fullname" .)) -}}
{{- else -}}
{{- .Values.serving.secretName -}}
{{- end -}}
{{- end -}}

{{- define "kubezoo.serviceHost" -}}
{{- printf "%s.%s.svc" (include "kubezoo.fullname" .) .Release.Namespace -}}
{{- end -}}

{{- define "kubezoo.gatewayUrl" -}}
{{- if .Values.gateway.url -}}
{{- .Values.gateway.url | trimSuffix "/" -}}
{{- else -}}
{{- printf "https://%s" (include "kubezoo.serviceHost" .) -}}{{- if ne (int .Values.service.port) 443 -}}:{{ .Values.service.port }}{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Names and addresses in the serving certificate, by commas. */ -}}
{{- define "kubezoo.servingHosts" -}}
{{- $host := include "kubezoo.serviceHost" . -}}
{{- $url := urlParse (include "kubezoo.gatewayUrl" .) -}}
{{- $own := list $host (printf "%s.cluster.local" $host) (regexReplaceAll "^\\[|\\](:[0-9]+)?$|:[0-9]+$" $url.host "") "localhost" "127.0.0.1" -}}
{{- concat $own .Values.gateway.hosts | uniq | join "," -}}
{{- end -}}

{{- define "kubezoo.bridgeUrl" -}}
{{- if .Values.admissionBridge.url -}}
{{- .Values.admissionBridge.url | trimSuffix "/" -}}
{{- else -}}
{{- $ip := required "admissionBridge.enabled needs admissionBridge.clusterIP or admissionBridge.url" .Values.admissionBridge.clusterIP -}}
https://{{ if contains ":" $ip }}[{{ $ip }}]{{ else }}{{ $ip }}{{ end }}
{{- end -}}
{{- end -}}

{{- define "kubezoo.bridgeHosts" -}}
{{- $url := urlParse (include "kubezoo.bridgeUrl" .) -}}
{{- $hosts := list (regexReplaceAll "^\\[|\\](:[0-9]+)?$|:[0-9]+$" $url.host "") (printf "%s-admission.%s.svc" (include "kubezoo.fullname" .) .Release.Namespace) -}}
{{- if .Values.admissionBridge.clusterIP }}{{ $hosts = append $hosts .Values.admissionBridge.clusterIP }}{{ end -}}
{{- $hosts | uniq | join "," -}}
{{- end -}}

{{- define "kubezoo.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.runAs.user }}
runAsGroup: {{ .Values.runAs.group }}
fsGroup: {{ .Values.runAs.group }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "kubezoo.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- /* The pod's own identity upstream; the kubelet replaces the token before it ends, and it is read anew then. */ -}}
{{- define "kubezoo.identityVolume" -}}
- name: identity
  projected:
    defaultMode: 0440
    sources:
      - serviceAccountToken: { path: token, expirationSeconds: 3600 }
      - configMap: { name: kube-root-ca.crt, items: [{ key: ca.crt, path: ca.crt }] }
{{- end -}}

{{- define "kubezoo.configVolume" -}}
- name: config
  projected:
    defaultMode: 0440
    sources:
      - configMap: { name: {{ include "kubezoo.fullname" . }} }
{{- end -}}

{{- /* Only what etcd needs; nothing without TLS and user. */ -}}
{{- define "kubezoo.etcdSources" -}}
{{- with .Values.etcd.tls }}
{{- if .secretName }}
- secret:
    name: {{ .secretName }}
    items:
      - { key: ca.crt, path: etcd/ca.crt }
      {{- if .clientCertificate }}
      - { key: tls.crt, path: etcd/tls.crt }
      - { key: tls.key, path: etcd/tls.key }
      {{- end }}
{{- end }}
{{- end }}
{{- with .Values.etcd.auth }}
{{- if .username }}
- secret:
    name: {{ required "etcd.auth.username needs etcd.auth.passwordSecretName" .passwordSecretName }}
    items: [{ key: password, path: etcd/password }]
{{- end }}
{{- end }}
{{- end -}}

{{- /* The serving certificate and what it is verified by, without its key: for kubeconfigs, and to tell when it ends. */ -}}
{{- define "kubezoo.servingCaSource" -}}
{{- if include "kubezoo.servingSecret" . }}
- secret: { name: {{ include "kubezoo.servingSecret" . }}, items: [{ key: ca.crt, path: serving-ca.crt }, { key: tls.crt, path: serving.crt }] }
{{- else }}
- secret: { name: {{ include "kubezoo.pkiSecret" . }}, items: [{ key: serving-ca.crt, path: serving-ca.crt }, { key: serving.crt, path: serving.crt }] }
{{- end }}
{{- end -}}

{{- define "kubezoo.etcdEndpoints" -}}
{{- if .Values.etcd.endpoints -}}
{{- .Values.etcd.endpoints | toJson -}}
{{- else if .Values.etcd.tryout.enabled -}}
{{- list (printf "http://%s-etcd.%s.svc:2379" (include "kubezoo.fullname" .) .Release.Namespace) | toJson -}}
{{- else -}}
{{- fail "etcd.endpoints is needed (or etcd.tryout.enabled, to try it out)" -}}
{{- end -}}
{{- end -}}

{{- /* Configuration of sidecar, controller and Envoy, as they find it in their pods. */ -}}
{{- define "kubezoo.config" -}}
{{- $config := dict
  "extProcSocket" "/run/kubezoo/ext-proc.sock"
  "localSocket" "/run/kubezoo/local.sock"
  "adminAddress" (printf "127.0.0.1:%d" (int .Values.gateway.ports.admin))
  "controllerAdminAddress" (printf "%s:%d" .Values.gateway.listenAddress (int .Values.controller.ports.stats))
  "gatewayKubeconfig" "/etc/kubezoo/config/upstream.kubeconfig"
  "controllerKubeconfig" "/etc/kubezoo/config/upstream.kubeconfig"
  "workers" (int .Values.gateway.workers)
  "gatewayUrl" (include "kubezoo.gatewayUrl" .)
  "servingCertFile" "/etc/kubezoo/pki/serving.crt"
  "servingCaFile" "/etc/kubezoo/pki/serving-ca.crt"
  "clientCaFile" "/etc/kubezoo/pki/ca.crt"
  "clientCaKeyFile" "/etc/kubezoo/pki/ca.key"
  "cursorKeyFile" "/etc/kubezoo/pki/list-cursors.key"
  "etcdEndpoints" (include "kubezoo.etcdEndpoints" . | fromJsonArray)
  "etcdPrefix" .Values.etcd.prefix
  "shutdown" (dict "delaySeconds" (int .Values.gateway.shutdownDelaySeconds) "envoyAdminSocket" "/run/kubezoo/envoy.sock")
  "envoy" (dict
    "listenAddress" .Values.gateway.listenAddress
    "listenPort" (int .Values.gateway.ports.tls)
    "servingCertFile" "/etc/kubezoo/serving/tls.crt"
    "servingKeyFile" "/etc/kubezoo/serving/tls.key"
    "trustedClientsFile" "/etc/kubezoo/serving/trusted-clients.crt"
    "sidecarStats" true
    "statsAddress" (printf "%s:%d" (ternary (printf "[%s]" .Values.gateway.listenAddress) .Values.gateway.listenAddress (contains ":" .Values.gateway.listenAddress)) (int .Values.gateway.ports.stats)))
-}}
{{- $etcd := dict -}}
{{- if .Values.etcd.tls.secretName -}}
{{- $_ := set $etcd "caFile" "/etc/kubezoo/pki/etcd/ca.crt" -}}
{{- if .Values.etcd.tls.clientCertificate -}}
{{- $_ := set $etcd "certFile" "/etc/kubezoo/pki/etcd/tls.crt" -}}
{{- $_ := set $etcd "keyFile" "/etc/kubezoo/pki/etcd/tls.key" -}}
{{- end -}}
{{- end -}}
{{- if .Values.etcd.auth.username -}}
{{- $_ := set $etcd "username" .Values.etcd.auth.username -}}
{{- $_ := set $etcd "passwordFile" "/etc/kubezoo/pki/etcd/password" -}}
{{- end -}}
{{- if $etcd }}{{ $_ := set $config "etcd" $etcd }}{{ end -}}
{{- if .Values.inCluster.enabled }}{{ $_ := set $config "inCluster" (dict "host" (include "kubezoo.serviceHost" .) "port" (int .Values.service.port)) }}{{ end -}}
{{- if .Values.tracing.endpoint }}{{ $_ := set $config "tracing" (dict "endpoint" .Values.tracing.endpoint "sampleRatio" .Values.tracing.sampleRatio) }}{{ end -}}
{{- if .Values.admissionBridge.enabled -}}
{{- $_ := set $config "admissionBridge" (dict
  "host" .Values.gateway.listenAddress
  "port" (int .Values.admissionBridge.port)
  "url" (include "kubezoo.bridgeUrl" .)
  "certFile" "/etc/kubezoo/pki/admission-bridge.crt"
  "keyFile" "/etc/kubezoo/pki/admission-bridge.key"
  "caFile" "/etc/kubezoo/pki/bridge-ca.crt"
  "proofKeyFile" "/etc/kubezoo/pki/admission-bridge.proof") -}}
{{- end -}}
{{- mergeOverwrite $config (deepCopy .Values.config) | toYaml -}}
{{- end -}}
