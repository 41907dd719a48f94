package control

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Entity is a managed entity as a person finds it in an inventory.
type Entity struct {
	Name   string
	Ref    string // type and value
	Parent string // the Ref of what it stands in; "" or one that isn't there: at the top
	Note   string // for people, where there is something to say
}

// WriteTree prints an inventory, each entity below what it stands in, by name.
func WriteTree(w io.Writer, entities []Entity) error {
	there := map[string]bool{}
	for _, e := range entities {
		there[e.Ref] = true
	}
	children := map[string][]Entity{}
	for _, e := range entities {
		parent := e.Parent
		if !there[parent] {
			parent = ""
		}
		children[parent] = append(children[parent], e)
	}
	return writeBranch(w, children, "", 0)
}

func writeBranch(w io.Writer, children map[string][]Entity, parent string, depth int) error {
	below := children[parent]
	slices.SortFunc(below, func(a, b Entity) int { return strings.Compare(a.Name, b.Name) })
	for _, e := range below {
		line := fmt.Sprintf("%s%s  [%s]", strings.Repeat("  ", depth), e.Name, e.Ref)
		if e.Note != "" {
			line += "  " + e.Note
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
		if err := writeBranch(w, children, e.Ref, depth+1); err != nil {
			return err
		}
	}
	return nil
}
