package wire

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"testing"
)

// published is VMware's own table of types as it comes with pyVmomi, cut to
// what the product sends and reads (scripts/vsphere-types).
type published struct {
	Types map[string]struct {
		Base   string
		Fields []publishedField
	}
	Methods map[string]struct{ Parameters []publishedField }
	Enums   map[string][]string
}

type publishedField struct {
	Name     string
	Array    bool
	Optional bool
}

// What the witnesses don't agree on.
var (
	// The model demands values of options, the table doesn't.
	otherwiseOptional = []string{"OptionValue.value", "PropertyChange.val"}
	// Of later versions than govmomi's; the client is cut to 6.5.
	later = []string{"VirtualDisk.diskChainBrokenIssue", "DVPortgroupConfigSpec.nsxConfig", "DVPortgroupConfigInfo.nsxConfig"}
)

func readPublished(t *testing.T) (p published) {
	t.Helper()
	text, err := os.ReadFile("../../../scripts/vsphere-types/table.json")
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil || len(p.Types) == 0 || len(p.Methods) == 0 {
		t.Fatalf("%d types, %d methods: %v", len(p.Types), len(p.Methods), err)
	}
	return p
}

// fields of a type, its bases' first.
func (p published) fields(name string) (list []publishedField) {
	for name != "" {
		list = append(append([]publishedField(nil), p.Types[name].Fields...), list...)
		name = p.Types[name].Base
	}
	return list
}

// Two witnesses: pyVmomi's table, from which the client writes, and govmomi's
// structs, by which the model reads.
func TestBothWitnessesAgreeOnWhatCallsHold(t *testing.T) {
	p := readPublished(t)
	for name := range p.Types {
		if goType, ok := typeOf(name); ok {
			compare(t, name, p.fields(name), schemaOf(goType))
		}
	}
	for name, method := range p.Methods {
		goType := RequestType(name)
		if goType == nil {
			t.Errorf("the model has no method %s", name)
			continue
		}
		compare(t, name, append([]publishedField{{Name: "_this"}}, method.Parameters...), schemaOf(goType))
	}
}

func compare(t *testing.T, name string, fields []publishedField, s *schema) {
	t.Helper()
	last := -1
	for _, f := range fields {
		at, ok := s.byName[f.Name]
		if !ok {
			if !slices.Contains(later, name+"."+f.Name) {
				t.Errorf("%s.%s isn't in the model", name, f.Name)
			}
			continue
		}
		if at < last {
			t.Errorf("%s.%s stands elsewhere in the model", name, f.Name)
		}
		last = at
		if s.fields[at].optional != f.Optional && !slices.Contains(otherwiseOptional, name+"."+f.Name) {
			t.Errorf("%s.%s: optional is %v, in the model %v", name, f.Name, f.Optional, s.fields[at].optional)
		}
		if s.fields[at].slice != f.Array {
			t.Errorf("%s.%s: array is %v, in the model %v", name, f.Name, f.Array, s.fields[at].slice)
		}
	}
}

func TestBothWitnessesAgreeOnEnumerations(t *testing.T) {
	for name, values := range readPublished(t).Enums {
		goType, ok := typeOf(name)
		if !ok {
			t.Errorf("the model has no %s", name)
			continue
		}
		for _, value := range values {
			v := reflect.New(goType).Elem()
			if v.SetString(value); !validEnum(v) {
				t.Errorf("%s: the model refuses %s", name, value)
			}
		}
		v := reflect.New(goType).Elem()
		if v.SetString("nonsense"); validEnum(v) {
			t.Errorf("%s: the model takes anything", name)
		}
	}
}
