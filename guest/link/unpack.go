package link

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vic-operator/vic-operator/guest/mounts"
	"github.com/vic-operator/vic-operator/guest/unpack"
)

const (
	diskPatience     = 30 * time.Second
	progressInterval = 500 * time.Millisecond
	layerMountFlags  = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
)

// unpackOrder is the first line of an unpack command's input; the blobs follow.
type unpackOrder struct {
	Target int            `json:"target"`
	Format bool           `json:"format"`
	Layers []unpack.Layer `json:"layers"`
}

type unpackProgress struct {
	Layer int   `json:"layer"`
	Bytes int64 `json:"bytes"`
}

type unpackDone struct {
	Done      bool             `json:"done"`
	Layers    []unpack.Applied `json:"layers"`
	UsedBytes int64            `json:"usedBytes"`
}

// Unpack applies layers to a disk that has been attached for them.
func Unpack(_ context.Context, s *Session) uint32 {
	done, err := unpackTo(bufio.NewReaderSize(s, 1<<16), json.NewEncoder(s))
	if err != nil {
		log.Printf("unpack: %v", err)
		return s.Refuse(string(unpack.ReasonOf(err)), err.Error())
	}
	if err := s.Answer(done); err != nil {
		log.Printf("unpack: %v", err)
		return StatusFailed
	}
	return StatusDone
}

func unpackTo(in *bufio.Reader, lines *json.Encoder) (done unpackDone, err error) {
	order, err := readOrder(in)
	if err != nil {
		return done, err
	}
	dir, err := prepare(order)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, unmount(dir)) }()
	done.Layers = []unpack.Applied{}
	for i, layer := range order.Layers {
		applied, err := unpack.Apply(dir, layer, in, throttled(lines, i))
		if err != nil {
			return done, err
		}
		done.Layers = append(done.Layers, applied)
	}
	done.Done = true
	if done.UsedBytes, err = settledUse(dir); err != nil {
		return done, err
	}
	return done, nil
}

func readOrder(in *bufio.Reader) (unpackOrder, error) {
	var order unpackOrder
	line, err := readLine(in)
	if err == nil {
		err = json.Unmarshal(line, &order)
	}
	if err != nil {
		return order, unpack.Fail(unpack.UnpackFailed, "order: %w", err)
	}
	return order, nil
}

// prepare waits for the disk, formats it if told to, and mounts it.
func prepare(order unpackOrder) (string, error) {
	device, err := mounts.AwaitDisk(order.Target, diskPatience)
	if errors.Is(err, mounts.ErrNoDisk) {
		return "", unpack.Fail(unpack.DiskMissing, "%w", err)
	}
	if err != nil {
		return "", err
	}
	if order.Format {
		if err := mounts.Format(device); err != nil {
			return "", err
		}
	}
	dir := fmt.Sprintf("/layer/%d", order.Target)
	if err := mounts.Mount(device, dir, layerMountFlags, mounts.LayerOptions); err != nil {
		return "", err
	}
	if !order.Format {
		return dir, nil
	}
	// mke2fs makes a directory that no layer has; e2fsck makes it again should it ever need one.
	if err := os.Remove(filepath.Join(dir, "lost+found")); err != nil {
		return "", errors.Join(err, unmount(dir))
	}
	return dir, nil
}

// settledUse writes everything out first: ext4 finds places for data only then.
func settledUse(dir string) (int64, error) {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	if err := unix.Syncfs(fd); err != nil {
		return 0, fmt.Errorf("sync: %w", err)
	}
	return unpack.Used(dir)
}

func unmount(dir string) error {
	if err := unix.Unmount(dir, 0); err != nil {
		return fmt.Errorf("unmount %s: %w", dir, err)
	}
	return nil
}

// throttled says how far a layer is, not too often.
func throttled(lines *json.Encoder, layer int) func(int64) {
	last := time.Now()
	return func(read int64) {
		if time.Since(last) < progressInterval {
			return
		}
		last = time.Now()
		_ = lines.Encode(unpackProgress{layer, read})
	}
}
