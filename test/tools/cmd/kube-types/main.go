// Command kube-types prints, as JSON, how Kubernetes' own Go types look on the wire: for each type that the kinds named
// on standard input reach, its fields with their JSON and protobuf names, numbers and rules. scripts/kube-types.ts
// makes src/cluster/schema/types.json of it, so that the embedded API server reads and writes as upstream does.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

// Field is one field of a Go struct. Zero values are left out.
type Field struct {
	JSON    string `json:"json,omitempty"`
	Inline  bool   `json:"inline,omitempty"`
	Omit    string `json:"omit,omitempty"` // omitempty or omitzero
	Pointer bool   `json:"pointer,omitempty"`
	Type    *Type  `json:"type"`
	// Number in protobuf. The wire types in Go's tags are not those in use (pointers are all "bytes"): Type tells them.
	Number   int    `json:"number,omitempty"`
	Strategy string `json:"strategy,omitempty"`
	MergeKey string `json:"mergeKey,omitempty"`
}

// Type is how a field's type looks in JSON.
type Type struct {
	// Of is string, bool, int32, int64, float64, bytes, list, map, struct or any.
	Of string `json:"of"`
	// Name of a struct, or of a named list or map (some are messages of their own in protobuf).
	Name string `json:"name,omitempty"`
	Item *Type  `json:"item,omitempty"`
	// Go names a scalar's own type (v1.ServiceType), as decoding errors do.
	Go string `json:"go,omitempty"`
	// Pointer tells that the items are pointers.
	Pointer bool `json:"pointer,omitempty"`
}

// Output is what is printed.
type Output struct {
	Kinds map[string]string  `json:"kinds"` // "group/version/Kind" to the type's name
	Types map[string][]Field `json:"types"`
}

func nameOf(t reflect.Type) string {
	parts := strings.Split(t.PkgPath(), "/")
	host := strings.Split(parts[0], ".")
	for i, j := 0, len(host)-1; i < j; i, j = i+1, j-1 {
		host[i], host[j] = host[j], host[i]
	}
	return strings.Join(append(host, append(parts[1:], t.Name())...), ".")
}

var output = Output{Kinds: map[string]string{}, Types: map[string][]Field{}}

// Types that write themselves; schema.ts knows each by its name.
var marshaler = reflect.TypeOf((*json.Marshaler)(nil)).Elem()

func describe(t reflect.Type) (*Type, bool) {
	pointer := false
	for t.Kind() == reflect.Pointer {
		t, pointer = t.Elem(), true
	}
	named := ""
	if t.PkgPath() != "" {
		named = nameOf(t)
	}
	if t.Kind() == reflect.Struct || t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler) {
		visit(t)
		return &Type{Of: "struct", Name: named}, pointer
	}
	own := ""
	if named != "" {
		own = t.String()
	}
	switch t.Kind() {
	case reflect.String:
		return &Type{Of: "string", Go: own}, pointer
	case reflect.Bool:
		return &Type{Of: "bool", Go: own}, pointer
	case reflect.Int32, reflect.Uint32, reflect.Int16, reflect.Uint8:
		return &Type{Of: "int32", Go: own}, pointer
	case reflect.Int64, reflect.Int, reflect.Uint64:
		return &Type{Of: "int64", Go: own}, pointer
	case reflect.Float64, reflect.Float32:
		return &Type{Of: "float64"}, pointer
	case reflect.Interface:
		return &Type{Of: "any"}, pointer
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return &Type{Of: "bytes"}, pointer
		}
		item, itemPointer := describe(t.Elem())
		return &Type{Of: "list", Name: named, Item: item, Pointer: itemPointer}, pointer
	case reflect.Map:
		item, itemPointer := describe(t.Elem())
		return &Type{Of: "map", Name: named, Item: item, Pointer: itemPointer}, pointer
	}
	panic(fmt.Sprintf("%v: kind %v is not expected", t, t.Kind()))
}

func visit(t reflect.Type) {
	name := nameOf(t)
	if _, done := output.Types[name]; done {
		return
	}
	output.Types[name] = []Field{}
	if t.Kind() != reflect.Struct || t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler) {
		if _, ok := reflect.New(t).Interface().(runtime.Object); !ok && name != "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps" {
			return
		}
	}
	fields := []Field{}
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		tag, ok := f.Tag.Lookup("json")
		if !ok || tag == "-" || f.PkgPath != "" {
			continue
		}
		options := strings.Split(tag, ",")
		described, pointer := describe(f.Type)
		field := Field{JSON: options[0], Type: described, Pointer: pointer,
			Strategy: f.Tag.Get("patchStrategy"), MergeKey: f.Tag.Get("patchMergeKey")}
		for _, option := range options[1:] {
			switch option {
			case "inline":
				field.Inline = true
			case "omitempty", "omitzero":
				// Of both, omitzero decides for structs, and for the rest they are the same here.
				field.Omit = option
			}
		}
		if field.JSON == "" {
			field.Inline = true
		}
		if proto := f.Tag.Get("protobuf"); proto != "" {
			parts := strings.Split(proto, ",")
			if number, err := strconv.Atoi(parts[1]); err == nil {
				field.Number = number
			}
		}
		fields = append(fields, field)
	}
	output.Types[name] = fields
}

func main() {
	wanted := []string{}
	if err := json.NewDecoder(os.Stdin).Decode(&wanted); err != nil {
		panic(err)
	}
	if err := apiextensions.AddToScheme(scheme.Scheme); err != nil {
		panic(err)
	}
	for _, one := range wanted {
		parts := strings.Split(one, "/")
		gvk := schema.GroupVersionKind{Group: parts[0], Version: parts[1], Kind: parts[2]}
		object, err := scheme.Scheme.New(gvk)
		if err != nil {
			panic(err)
		}
		t := reflect.TypeOf(object).Elem()
		visit(t)
		output.Kinds[one] = nameOf(t)
	}
	for _, object := range []any{metav1.Status{}, metav1.DeleteOptions{}, metav1.WatchEvent{}, metav1.ListMeta{},
		metav1.PartialObjectMetadata{}, metav1.PartialObjectMetadataList{}, runtime.Unknown{}} {
		visit(reflect.TypeOf(object))
	}
	encoder := json.NewEncoder(os.Stdout)
	if err := encoder.Encode(output); err != nil {
		panic(err)
	}
}
