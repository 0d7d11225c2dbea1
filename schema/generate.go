// Writes the wire schema of Kubernetes' built-in API types as JSON: for each protobuf field number the JSON name and type.
// Both stand in the tags of the Go types; the published .proto files lack which fields JSON inlines.
//
//	go run . ../src/translate/protobuf/wire-schema.json
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
)

// Types whose JSON is not that of their fields.
var special = map[reflect.Type]string{
	reflect.TypeFor[metav1.Time]():          "Time",
	reflect.TypeFor[metav1.MicroTime]():     "MicroTime",
	reflect.TypeFor[metav1.Duration]():      "Duration",
	reflect.TypeFor[metav1.FieldsV1]():      "FieldsV1",
	reflect.TypeFor[resource.Quantity]():    "Quantity",
	reflect.TypeFor[intstr.IntOrString]():   "IntOrString",
	reflect.TypeFor[runtime.RawExtension](): "RawExtension",
	// What a custom resource looks like is its definer's own: nobody looks into it.
	reflect.TypeFor[apiextensionsv1.JSONSchemaProps](): "Opaque",
}

const apiextensions = "k8s.io/apiextensions-apiserver/pkg/apis/"

type marshaler interface{ Marshal() ([]byte, error) }

var types = map[string]map[string][2]string{}

func nameOf(t reflect.Type) string {
	path := strings.TrimPrefix(strings.TrimPrefix(t.PkgPath(), "k8s.io/api/"), "k8s.io/apimachinery/pkg/apis/")
	path = strings.TrimPrefix(path, apiextensions)
	return path + "." + t.Name()
}

// wireType is what a field of that Go type is on the wire; "[]" in front: repeated, "{}": a map with string keys.
func wireType(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		return wireType(t.Elem())
	}
	if name, ok := special[t]; ok {
		return name
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "bool"
	case reflect.Int32, reflect.Int64, reflect.Int:
		return "int"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		// A named list such as ExtraValue is a message with the list as its first field.
		if t.Implements(reflect.TypeFor[marshaler]()) || reflect.PointerTo(t).Implements(reflect.TypeFor[marshaler]()) {
			return "Items:" + wireType(t.Elem())
		}
		return "[]" + wireType(t.Elem())
	case reflect.Map:
		return "{}" + wireType(t.Elem())
	case reflect.Struct:
		walk(t)
		return "@" + nameOf(t)
	}
	panic(fmt.Sprintf("no wire type for %v", t))
}

func walk(t reflect.Type) {
	name := nameOf(t)
	if types[name] != nil {
		return
	}
	fields := map[string][2]string{}
	types[name] = fields
	for i := range t.NumField() {
		field := t.Field(i)
		tag := field.Tag.Get("protobuf")
		if tag == "" || tag == "-" {
			continue // TypeMeta travels in the envelope
		}
		number := strings.Split(tag, ",")[1]
		jsonName := strings.Split(field.Tag.Get("json"), ",")[0]
		// An inlined field has no JSON name: its own fields stand in its parent.
		fields[number] = [2]string{jsonName, wireType(field.Type)}
	}
}

// Kinds that are registered in every group and belong to none; `meta/v1` has them once.
var everywhere = []reflect.Type{
	reflect.TypeFor[metav1.DeleteOptions](),
	reflect.TypeFor[metav1.PartialObjectMetadata](),
	reflect.TypeFor[metav1.PartialObjectMetadataList](),
	reflect.TypeFor[metav1.Status](),
	reflect.TypeFor[metav1.WatchEvent](),
}

// Groups and versions that no supported apiserver serves.
func isGone(gv schema.GroupVersion) bool {
	return gv.Version == runtime.APIVersionInternal || gv.Group == "extensions" || gv.Group == "imagepolicy.k8s.io" ||
		slices.Contains([]string{"apps/v1beta1", "apps/v1beta2", "batch/v1beta1", "policy/v1beta1"}, gv.String())
}

func isKind(t reflect.Type) bool {
	isBuiltIn := strings.HasPrefix(t.PkgPath(), "k8s.io/api/") || strings.HasPrefix(t.PkgPath(), apiextensions)
	return isBuiltIn && reflect.PointerTo(t).Implements(reflect.TypeFor[marshaler]()) &&
		!strings.HasSuffix(t.Name(), "Options")
}

func sourceVersion() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "k8s.io/api" {
			return module.Path + " " + module.Version
		}
	}
	panic("k8s.io/api is not a dependency")
}

// printSorted writes one line for each type: a newer Kubernetes shows as a readable difference.
func printSorted[V any](out *bytes.Buffer, members map[string]V) {
	for i, name := range slices.Sorted(maps.Keys(members)) {
		value, err := json.Marshal(members[name])
		if err != nil {
			panic(err)
		}
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(out, "\n%q:%s", name, value)
	}
}

func main() {
	if err := apiextensionsv1.AddToScheme(scheme.Scheme); err != nil {
		panic(err)
	}
	kinds := map[string]string{}
	for gvk, t := range scheme.Scheme.AllKnownTypes() {
		if isGone(gvk.GroupVersion()) || !isKind(t) {
			continue
		}
		walk(t)
		kinds[gvk.GroupVersion().String()+"/"+gvk.Kind] = nameOf(t)
	}
	for _, t := range everywhere {
		walk(t)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\"source\":%q,\"kinds\":{", sourceVersion())
	printSorted(&out, kinds)
	out.WriteString("},\n\"types\":{")
	printSorted(&out, types)
	out.WriteString("}}\n")
	if err := os.WriteFile(os.Args[1], out.Bytes(), 0o644); err != nil {
		panic(err)
	}
}
