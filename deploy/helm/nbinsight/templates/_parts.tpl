{{/* What several objects share. Each part takes a dict: root ($), and component, settings, temporaryBytes where it needs them. */}}

{{- define "nbinsight.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end -}}
{{- end -}}

{{- define "nbinsight.chosen" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "nbinsight.labels" -}}
{{ include "nbinsight.chosen" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "nbinsight.pod" -}}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.serviceAccountName }}
serviceAccountName: {{ . }}
{{- end }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: { type: RuntimeDefault }
volumes:
  - name: secrets
    secret:
      secretName: {{ .root.Values.existingSecret }}
      defaultMode: 0440
      items:
        {{- range .root.Values.secretFiles | values | uniq | sortAlpha }}
        - { key: {{ . }}, path: {{ . }} }
        {{- end }}
  - name: data
    emptyDir: { sizeLimit: 64Mi }
  - name: temporary
    emptyDir: { sizeLimit: {{ .temporaryBytes | default "512Mi" }} }
{{- end -}}

{{- define "nbinsight.container" -}}
image: {{ printf "%s:%s" .root.Values.image.repository (.root.Values.image.tag | default .root.Chart.AppVersion) | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
volumeMounts:
  - { name: secrets, mountPath: /run/secrets/nbinsight, readOnly: true }
  - { name: data, mountPath: /var/lib/nbinsight }
  - { name: temporary, mountPath: /tmp }
env:
  {{- range $name, $key := .root.Values.secretFiles }}
  - { name: {{ $name }}, value: /run/secrets/nbinsight/{{ $key }} }
  {{- end }}
  {{- range $name, $key := .root.Values.secretVariables }}
  - name: {{ $name }}
    valueFrom: { secretKeyRef: { name: {{ $.root.Values.existingSecret }}, key: {{ $key }} } }
  {{- end }}
  {{- range $name, $value := merge (dict) (.settings | default dict) .root.Values.settings }}
  - { name: {{ $name }}, value: {{ $value | quote }} }
  {{- end }}
{{- end -}}

{{- define "nbinsight.placing" -}}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
