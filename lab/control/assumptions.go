package control

import (
	"fmt"
	"reflect"
	"strings"
)

// Assumptions are behaviours of vCenter that only a real one can settle, as
// docs/lab.md explains them. One that is nil stays as it is.
type Assumptions struct {
	KeepVolatileKeys *bool `json:"keepVolatileKeys,omitempty"`
	KeepParents      *bool `json:"keepParents,omitempty"`
	SameChildNames   *bool `json:"sameChildNames,omitempty"`
	NoSerialRedial   *bool `json:"noSerialRedial,omitempty"`
}

// ParseAssumptions switches on the ones named, as POST /assume calls them.
func ParseAssumptions(names []string) (a Assumptions, err error) {
	v := reflect.ValueOf(&a).Elem()
	var known []string
	fields := map[string]reflect.Value{}
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		known = append(known, name)
		fields[name] = v.Field(i)
	}
	on := true
	for _, name := range names {
		field, ok := fields[name]
		if !ok {
			return a, fmt.Errorf("no assumption %q: there are %s", name, strings.Join(known, ", "))
		}
		field.Set(reflect.ValueOf(&on))
	}
	return a, nil
}
