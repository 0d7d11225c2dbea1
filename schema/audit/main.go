// Writes the fields of audit.k8s.io/v1 Event, as the Go type has them, as a JSON tree: names with the JSON type of their values, and "?" where
// they may be absent. For the test of the gateway's own events.
//
//	go run ./audit > ../test/e2e/audit/event-fields.json
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
)

func formOf(t reflect.Type) any {
	switch {
	case t.Kind() == reflect.Pointer:
		return formOf(t.Elem())
	case t == reflect.TypeFor[metav1.MicroTime]():
		return "MicroTime"
	case t == reflect.TypeFor[runtime.Unknown]():
		return "any"
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int32, reflect.Int64:
		return "number"
	case reflect.Slice:
		return []any{formOf(t.Elem())}
	case reflect.Map:
		return map[string]any{"*": formOf(t.Elem())}
	case reflect.Struct:
		fields := map[string]any{}
		addFields(fields, t)
		return fields
	}
	panic(t.String())
}

func addFields(fields map[string]any, t reflect.Type) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" {
			addFields(fields, field.Type)
			continue
		}
		if strings.Contains(options, "omit") {
			name += "?"
		}
		fields[name] = formOf(field.Type)
	}
}

func main() {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(formOf(reflect.TypeFor[auditv1.Event]())); err != nil {
		panic(err)
	}
}
