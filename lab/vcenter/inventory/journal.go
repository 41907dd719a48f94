package inventory

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"reflect"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// Journal keeps the inventory in a file: one line per object as it was after a
// change, the latest counts. It writes in the background, only what changed,
// and is rewritten when most of it is out of date; so a change costs the same
// however large the inventory is, and a killed process loses what it did in its
// last moments at most.
type Journal struct {
	path string
	log  *slog.Logger

	mu      sync.Mutex
	pending map[Ref]Object // nil: removed
	nextID  int
	wake    chan struct{}
	stop    chan struct{}
	done    chan struct{}
	once    sync.Once

	// the writer's own
	file  *os.File
	lines int
	live  map[Ref]Object
}

// record is a line of the journal. What was written at once counts when the
// line that ends it is there.
type record struct {
	Ref     Ref             `json:"ref"`
	Removed bool            `json:"removed,omitempty"`
	Object  json.RawMessage `json:"object,omitempty"`
	End     bool            `json:"end,omitempty"`
	NextID  int             `json:"nextID,omitempty"` // with End
}

// kept are the types that outlive the process. Sessions, tasks, views and the
// service's singletons begin anew.
var kept = map[string]reflect.Type{}

func init() {
	for _, o := range []Object{
		&mo.Folder{}, &mo.Datacenter{}, &mo.ClusterComputeResource{}, &mo.HostSystem{}, &mo.ResourcePool{}, &mo.VirtualApp{}, &mo.VirtualMachine{},
		&mo.Datastore{}, &mo.HostDatastoreBrowser{}, &mo.EnvironmentBrowser{}, &mo.Network{}, &mo.DistributedVirtualPortgroup{},
		&mo.VmwareDistributedVirtualSwitch{}, &mo.CustomFieldsManager{}, &mo.ServiceInstance{},
	} {
		t := reflect.TypeOf(o).Elem()
		kept[t.Name()] = t
	}
}

// OpenJournal reads the journal at path, if there is one, and continues it.
func OpenJournal(path string, log *slog.Logger) (j *Journal, objects []Object, nextID int, err error) {
	j = &Journal{
		path: path, log: log, pending: map[Ref]Object{}, live: map[Ref]Object{},
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	if nextID, err = j.read(); err != nil {
		return nil, nil, 0, err
	}
	for _, o := range j.live {
		objects = append(objects, o)
	}
	if err := j.rewrite(nextID); err != nil {
		return nil, nil, 0, err
	}
	go j.run()
	return j, objects, nextID, nil
}

// read loads what the journal says. Its end may be cut off.
func (j *Journal) read() (nextID int, err error) {
	f, err := os.Open(j.path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	var batch []record
	for number := 1; ; number++ {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nextID, nil
		}
		if err != nil {
			return 0, err
		}
		var rec record
		if err := json.Unmarshal(line, &rec); err != nil {
			return 0, fmt.Errorf("%s:%d: %w", j.path, number, err)
		}
		if !rec.End {
			batch = append(batch, rec)
			continue
		}
		nextID = max(nextID, rec.NextID)
		for _, rec := range batch {
			if rec.Removed {
				delete(j.live, rec.Ref)
				continue
			}
			o, err := decodeObject(rec)
			if err != nil {
				return 0, fmt.Errorf("%s:%d: %s: %w", j.path, number, rec.Ref.Value, err)
			}
			j.live[rec.Ref] = o
		}
		batch = nil
	}
}

func decodeObject(rec record) (Object, error) {
	t, ok := kept[rec.Ref.Type]
	if !ok {
		return nil, fmt.Errorf("unknown type %s", rec.Ref.Type)
	}
	o := reflect.New(t)
	if err := types.NewJSONDecoder(bytes.NewReader(rec.Object)).Decode(o.Interface()); err != nil {
		return nil, err
	}
	return o.Interface().(Object), nil
}

// appendRecord writes one line to b.
func appendRecord(b *bytes.Buffer, ref Ref, o Object) error {
	if o == nil {
		return json.NewEncoder(b).Encode(record{Ref: ref, Removed: true})
	}
	start := b.Len()
	fmt.Fprintf(b, `{"ref":{"type":%q,"value":%q},"object":`, ref.Type, ref.Value)
	if err := types.NewJSONEncoder(b).Encode(o); err != nil {
		b.Truncate(start)
		return err
	}
	b.Truncate(b.Len() - 1) // the encoder's newline
	b.WriteString("}\n")
	return nil
}

func appendEnd(b *bytes.Buffer, nextID int) {
	fmt.Fprintf(b, `{"end":true,"nextID":%d}`+"\n", nextID)
}

// Committed notes what is to be written.
func (j *Journal) Committed(r Reader, changes []Change) {
	j.mu.Lock()
	defer j.mu.Unlock()
	noted := false
	for _, c := range changes {
		if kept[c.Ref.Type] != nil {
			j.pending[c.Ref] = c.After
			noted = true
		}
	}
	if in, ok := r.(reader); ok {
		j.nextID = in.inv.nextID
	}
	if !noted {
		return
	}
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

func (j *Journal) run() {
	defer close(j.done)
	for {
		select {
		case <-j.wake:
			began := time.Now()
			j.flush()
			// Big lists change often: let changes gather, and take a sixth of a
			// processor at most.
			select {
			case <-time.After(max(20*time.Millisecond, 5*time.Since(began))):
			case <-j.stop:
			}
		case <-j.stop:
			j.flush()
			return
		}
	}
}

func (j *Journal) flush() {
	j.mu.Lock()
	pending, nextID := j.pending, j.nextID
	j.pending = map[Ref]Object{}
	j.mu.Unlock()
	var b bytes.Buffer
	for ref, o := range pending {
		if err := appendRecord(&b, ref, o); err != nil {
			j.log.Error("object not kept", "ref", ref.Value, "error", err)
			continue
		}
		j.lines++
		if o == nil {
			delete(j.live, ref)
		} else {
			j.live[ref] = o
		}
	}
	appendEnd(&b, nextID)
	if _, err := j.file.Write(b.Bytes()); err != nil {
		j.log.Error("inventory not written", "error", err)
	}
	if j.lines > 4*len(j.live)+1000 {
		if err := j.rewrite(nextID); err != nil {
			j.log.Error("inventory not rewritten", "error", err)
		}
	}
}

// rewrite makes the journal hold each object once.
func (j *Journal) rewrite(nextID int) error {
	tmp := j.path + ".new"
	f, err := os.Create(tmp)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for ref, o := range j.live {
		if err = appendRecord(&b, ref, o); err != nil {
			break
		}
	}
	appendEnd(&b, nextID)
	if err == nil {
		_, err = f.Write(b.Bytes())
	}
	if err != nil {
		_ = f.Close()
		return err
	}
	if err := os.Rename(tmp, j.path); err != nil {
		_ = f.Close()
		return err
	}
	if j.file != nil {
		_ = j.file.Close()
	}
	j.file, j.lines = f, len(j.live)
	return nil
}

// Close writes what is left and ends the journal.
func (j *Journal) Close() error {
	var err error
	j.once.Do(func() {
		close(j.stop)
		<-j.done
		err = j.file.Close()
	})
	return err
}
