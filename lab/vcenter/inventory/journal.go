package inventory

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"sync"
)

// reservedIDs are so many ids that a journal says are given before they are, so
// that an id which only a task had isn't given again after the process was
// killed.
const reservedIDs = 1000

// Journal keeps the inventory in a file: one line per object that a change
// touched, with what is new in it. A writer of its own writes what has gathered
// since its last write, so that many changes cost one write, and Sync waits for
// it. What is written outlives the process, however that ends; it isn't forced
// to the disk, so a machine that loses power may forget the last of it.
type Journal struct {
	path string
	log  *slog.Logger

	mu       sync.Mutex
	moved    *sync.Cond
	pending  map[Ref]Object // nil: removed
	nextID   int
	reserved int    // ids below are given, the file says
	noted    uint64 // commits that are to be written
	written  uint64 // commits that are
	halted   bool
	closing  bool
	closed   bool

	// the writer's own
	file       *os.File
	size, base int // bytes in it, and after the last rewrite
	live       map[Ref]Object
}

// OpenJournal reads the journal at path, if there is one, and continues it.
func OpenJournal(path string, log *slog.Logger) (j *Journal, objects []Object, nextID int, err error) {
	j = &Journal{path: path, log: log, pending: map[Ref]Object{}, live: map[Ref]Object{}}
	j.moved = sync.NewCond(&j.mu)
	if nextID, err = j.read(); err != nil {
		return nil, nil, 0, err
	}
	for _, o := range j.live {
		objects = append(objects, Clone(o)) // the caller's, to modify
	}
	j.reserved = nextID
	if err := j.rewrite(nextID); err != nil {
		return nil, nil, 0, err
	}
	go j.run()
	return j, objects, nextID, nil
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
	if noted || j.nextID > j.reserved {
		j.noted++
		j.moved.Broadcast()
	}
}

// Sync waits until all that was committed before is written.
func (j *Journal) Sync() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for target := j.noted; j.written < target && !j.closed; {
		j.moved.Wait()
	}
}

// Halt ends the writing: whatever comes from now on is lost with the process,
// and whoever waits for it waits until then.
func (j *Journal) Halt() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.halted = true
}

func (j *Journal) run() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for {
		for (j.noted == j.written || j.halted) && !j.closing {
			j.moved.Wait()
		}
		if j.noted == j.written {
			break
		}
		batch := j.pending
		j.pending = map[Ref]Object{}
		noted, nextID := j.noted, 0
		if j.nextID > j.reserved {
			j.reserved = j.nextID + reservedIDs
		}
		nextID = j.reserved
		j.mu.Unlock()
		j.write(batch, nextID)
		j.mu.Lock()
		j.written = noted
		j.moved.Broadcast()
	}
	j.closed = true
	j.moved.Broadcast()
}

// write appends one batch. Where that fails, a half line may stand at the end;
// the journal is rewritten then.
func (j *Journal) write(batch map[Ref]Object, nextID int) {
	var b bytes.Buffer
	for ref, o := range batch {
		before := j.live[ref]
		if before == nil && o == nil {
			continue
		}
		rec, err := change(ref, before, o)
		if err == nil && rec != nil {
			err = rec.append(&b)
		}
		if err != nil {
			j.log.Error("object not kept", "ref", ref.Value, "error", err)
			continue
		}
		if o == nil {
			delete(j.live, ref)
		} else {
			j.live[ref] = o
		}
	}
	appendEnd(&b, nextID)
	_, err := j.file.Write(b.Bytes())
	if err != nil {
		j.log.Error("inventory not written", "error", err)
	}
	if j.size += b.Len(); err != nil || j.size > 4*j.base+1<<20 {
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
		rec, err := change(ref, nil, o)
		if err == nil {
			err = rec.append(&b)
		}
		if err != nil {
			_ = f.Close()
			return fmt.Errorf("%s: %w", ref.Value, err)
		}
	}
	appendEnd(&b, nextID)
	if _, err = f.Write(b.Bytes()); err == nil {
		err = os.Rename(tmp, j.path)
	}
	if err != nil {
		_ = f.Close()
		return err
	}
	if j.file != nil {
		_ = j.file.Close()
	}
	j.file, j.size, j.base = f, b.Len(), b.Len()
	return nil
}

// Close writes what is left, gives back the ids that weren't used, and ends the
// journal.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closing {
		return nil
	}
	j.closing = true
	j.moved.Broadcast()
	for !j.closed {
		j.moved.Wait()
	}
	var b bytes.Buffer
	if j.nextID > 0 {
		appendEnd(&b, j.nextID)
	}
	_, err := j.file.Write(b.Bytes())
	if closing := j.file.Close(); err == nil {
		err = closing
	}
	return err
}
