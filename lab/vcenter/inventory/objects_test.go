package inventory

import (
	"slices"
	"testing"

	"github.com/vmware/govmomi/vim25/mo"
)

func folder(id, name string) *mo.Folder {
	f := &mo.Folder{}
	f.Self, f.Name = Ref{Type: "Folder", Value: id}, name
	return f
}

func pool(id string) *mo.ResourcePool {
	p := &mo.ResourcePool{}
	p.Self = Ref{Type: "ResourcePool", Value: id}
	return p
}

func folderNames(r Reader) (names []string) {
	for f := range All[mo.Folder](r) {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return names
}

// allNames is what All has to give, by looking at every object there is.
func allNames(r Reader) (names []string) {
	r.Each(func(o Object) {
		if f, ok := o.(*mo.Folder); ok {
			names = append(names, f.Name)
		}
	})
	slices.Sort(names)
	return names
}

func TestAChangeSeesItsOwnWritesAmongTheObjectsOfAType(t *testing.T) {
	inv := New()
	app := &mo.VirtualApp{}
	app.Self = Ref{Type: "VirtualApp", Value: "app"}
	check := func(r Reader, want ...string) {
		t.Helper()
		if got := folderNames(r); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if got := allNames(r); !slices.Equal(got, want) {
			t.Errorf("of all objects got %v, want %v", got, want)
		}
	}
	change := func(fn func(tx *Tx)) {
		t.Helper()
		if err := inv.Update(func(tx *Tx) error { fn(tx); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	change(func(tx *Tx) {
		tx.Add(folder("a", "a"))
		tx.Add(folder("b", "b"))
		tx.Add(pool("p"))
		tx.Add(app)
		check(tx, "a", "b")
	})
	change(func(tx *Tx) {
		tx.Remove(Ref{Type: "Folder", Value: "a"})
		MustEdit[mo.Folder](tx, Ref{Type: "Folder", Value: "b"}).Name = "b2"
		tx.Add(folder("c", "c"))
		tx.Add(folder("d", "d"))
		tx.Remove(Ref{Type: "Folder", Value: "d"})
		check(tx, "b2", "c")
	})
	inv.View(func(r Reader) {
		check(r, "b2", "c")
		pools := 0
		for range All[mo.ResourcePool](r) {
			pools++
		}
		if pools != 1 {
			t.Errorf("got %d pools: a vApp is none", pools)
		}
		for range All[mo.Datastore](r) {
			t.Error("there is no datastore")
		}
	})
}
