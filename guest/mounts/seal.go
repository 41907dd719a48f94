package mounts

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Seal makes the guest's own file tree read-only: a process of the container that is asked to run the program that an
// exec's child was, /proc/self/exe, must not be able to change it.
func Seal() error {
	if err := unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("seal the guest's files: %w", err)
	}
	return nil
}
