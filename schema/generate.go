// Writes the wire schema of Kubernetes' built-in API types as JSON: for each protobuf field number the JSON name and type.
// Both stand in the tags of the Go types; the published .proto files lack which fields JSON inlines.
//
//	go run . > ../src/translate/protobuf/wire-schema.json
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
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
}

type marshaler interface{ Marshal() ([]byte, error) }

var types = map[string]map[string][2]string{}

func nameOf(t reflect.Type) string {
	path := strings.TrimPrefix(strings.TrimPrefix(t.PkgPath(), "k8s.io/api/"), "k8s.io/apimachinery/pkg/apis/")
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

func main() {
	kinds := map[string]string{}
	for gvk, t := range scheme.Scheme.AllKnownTypes() {
		if gvk.Version == runtime.APIVersionInternal || !reflect.PointerTo(t).Implements(reflect.TypeFor[marshaler]()) {
			continue
		}
		if strings.HasSuffix(gvk.Kind, "List") || strings.HasSuffix(gvk.Kind, "Options") || gvk.Kind == "WatchEvent" || !strings.HasPrefix(t.PkgPath(), "k8s.io/api/") {
			continue
		}
		if strings.Contains(gvk.Version, "alpha") || strings.Contains(gvk.Version, "beta") || gvk.Group == "extensions" || gvk.Group == "imagepolicy.k8s.io" {
			continue
		}
		walk(t)
		kinds[gvk.GroupVersion().String()+"/"+gvk.Kind] = nameOf(t)
	}
	// Registered in every group, and the same in each.
	walk(reflect.TypeFor[metav1.DeleteOptions]())
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(map[string]any{"kinds": kinds, "types": types}); err != nil {
		panic(err)
	}
}
