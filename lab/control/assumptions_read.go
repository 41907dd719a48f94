package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Switch describes one of the Assumptions.
type Switch struct {
	Name   string
	Lines  []string // of docs/vcenter-assumptions.md
	Does   string   // what happens where it is on
	Number bool     // milliseconds or a count; 0 is off
}

// Describe lists the switches, in the order of the document.
func Describe() (list []Switch) {
	for f := range reflect.TypeFor[Assumptions]().Fields() {
		list = append(list, Switch{
			Name: f.Tag.Get("json"), Lines: strings.Fields(f.Tag.Get("line")), Does: f.Tag.Get("does"), Number: f.Type.Kind() == reflect.Int,
		})
	}
	return list
}

// Patched gives a with what the JSON object in body says; what it leaves out
// stays. Its error is a Refusal.
func (a Assumptions) Patched(body []byte) (Assumptions, error) {
	var named map[string]json.RawMessage
	if err := json.Unmarshal(body, &named); err != nil {
		return a, Refuse("the body isn't what this expects: %v", err)
	}
	if len(named) == 0 {
		return a, Refuse("no assumption is named")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&a); err != nil {
		return a, Refuse("the body isn't what this expects: %v", err)
	}
	for f, v := range reflect.ValueOf(a).Fields() {
		if n, ok := reflect.TypeAssert[int](v); ok && (n < 0 || n > maxNumber) {
			return a, Refuse("%s: 0 to %d", f.Tag.Get("json"), maxNumber)
		}
	}
	return a, nil
}

// maxNumber bounds a switch's number: a quarter of an hour, or as many bytes
// as a VM's guestinfo may have by default.
const maxNumber = 1 << 20

// ParseAssumptions switches on the ones named, as POST /assume calls them; a
// number follows an equals sign: "lagMs=2000".
func ParseAssumptions(words []string) (Assumptions, error) {
	var a Assumptions
	v := reflect.ValueOf(&a).Elem()
	var known []string
	fields := map[string]reflect.Value{}
	for i, s := range Describe() {
		known = append(known, s.Name)
		fields[s.Name] = v.Field(i)
	}
	for _, word := range words {
		name, value, given := strings.Cut(word, "=")
		field, ok := fields[name]
		if !ok {
			return a, fmt.Errorf("no assumption %q: there are %s", name, strings.Join(known, ", "))
		}
		if field.Kind() == reflect.Bool {
			if given {
				return a, fmt.Errorf("%s takes no value", name)
			}
			field.SetBool(true)
			continue
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 || n > maxNumber {
			return a, errors.New(name + " needs a number: " + name + "=2000")
		}
		field.SetInt(int64(n))
	}
	return a, nil
}
