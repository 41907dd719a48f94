package inventory

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

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
		nextID = rec.NextID
		for _, rec := range batch {
			if rec.Removed {
				delete(j.live, rec.Ref)
				continue
			}
			o, err := rec.apply(j.live[rec.Ref])
			if err != nil {
				return 0, fmt.Errorf("%s:%d: %s: %w", j.path, number, rec.Ref.Value, err)
			}
			j.live[rec.Ref] = o
		}
		batch = nil
	}
}
