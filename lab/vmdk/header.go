package vmdk

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// Sizes of VMware's hosted sparse extent, in sectors of 512 bytes unless said
// otherwise (Virtual Disk Format 5.0, "Hosted Sparse Extents").
const (
	sectorSize        = 512
	grainSectors      = 128 // 64 KiB
	entriesPerTable   = 512
	tableSectors      = entriesPerTable * 4 / sectorSize
	descriptorOffset  = 1
	descriptorSectors = 20
	maxCapacity       = 62 << 40 // bytes; vSphere's limit for one disk
)

// header is the first sector of a sparse extent, as it stands on the disk.
type header struct {
	Magic              [4]byte
	Version            uint32
	Flags              uint32
	Capacity           uint64
	GrainSize          uint64
	DescriptorOffset   uint64
	DescriptorSize     uint64
	EntriesPerTable    uint32
	RedundantDirectory uint64
	Directory          uint64
	Overhead           uint64
	UncleanShutdown    uint8
	NewlineTest        [4]byte
	Compression        uint16
}

var (
	magic       = [4]byte{'K', 'D', 'M', 'V'}
	newlineTest = [4]byte{'\n', ' ', '\r', '\n'}
)

const (
	flagNewlineTest        = 1 << 0
	flagRedundantDirectory = 1 << 1
)

// layout says where the parts of an extent of so many sectors begin.
type layout struct {
	header
	tables           uint64
	directorySectors uint64
}

// planLayout places directories and tables for a disk of capacityBytes.
func planLayout(capacityBytes int64) (layout, error) {
	if capacityBytes <= 0 || capacityBytes > maxCapacity {
		return layout{}, fmt.Errorf("capacity of %d bytes is out of range", capacityBytes)
	}
	sectors := ceilDiv(uint64(capacityBytes), sectorSize)
	tables := ceilDiv(ceilDiv(sectors, grainSectors), entriesPerTable)
	directorySectors := ceilDiv(tables*4, sectorSize)
	redundant := uint64(descriptorOffset + descriptorSectors)
	directory := redundant + directorySectors + tables*tableSectors
	end := directory + directorySectors + tables*tableSectors
	return layout{
		header: header{
			Magic: magic, Version: 1, Flags: flagNewlineTest | flagRedundantDirectory,
			Capacity: sectors, GrainSize: grainSectors,
			DescriptorOffset: descriptorOffset, DescriptorSize: descriptorSectors,
			EntriesPerTable: entriesPerTable, RedundantDirectory: redundant, Directory: directory,
			Overhead: ceilDiv(end, grainSectors) * grainSectors, NewlineTest: newlineTest,
		},
		tables: tables, directorySectors: directorySectors,
	}, nil
}

// directoryAt lists the tables that follow a directory at the given sector.
func (l layout) directoryAt(sector uint64) []byte {
	entries := make([]byte, l.tables*4)
	for i := range l.tables {
		binary.LittleEndian.PutUint32(entries[i*4:], uint32(sector+l.directorySectors+i*tableSectors))
	}
	return entries
}

func (h header) encode() []byte {
	var sector bytes.Buffer
	_ = binary.Write(&sector, binary.LittleEndian, h) // a Buffer never fails
	return append(sector.Bytes(), make([]byte, sectorSize-sector.Len())...)
}

// readHeader reads and checks an extent's first sector. Only what this package
// writes is let through: one file, uncompressed, descriptor inside. Others can
// name further files to be opened, which a stranger's upload must not do.
func readHeader(r io.ReaderAt) (header, error) {
	var h header
	sector := make([]byte, sectorSize)
	if _, err := r.ReadAt(sector, 0); err != nil {
		return h, fmt.Errorf("too short for a header")
	}
	_ = binary.Read(bytes.NewReader(sector), binary.LittleEndian, &h) // long enough
	switch {
	case h.Magic != magic:
		return h, fmt.Errorf("magic is %q", h.Magic[:])
	case h.Version < 1 || h.Version > 3 || h.Flags&flagNewlineTest == 0 || h.NewlineTest != newlineTest:
		return h, fmt.Errorf("header is damaged")
	case h.Compression != 0 || h.Flags>>16 != 0:
		return h, fmt.Errorf("compressed extents are not supported")
	case h.Capacity == 0 || h.Capacity > maxCapacity/sectorSize:
		return h, fmt.Errorf("capacity of %d sectors is out of range", h.Capacity)
	case h.DescriptorOffset == 0 || h.DescriptorSize == 0 || h.DescriptorSize > 2*descriptorSectors ||
		h.DescriptorOffset > 1<<20:
		return h, fmt.Errorf("no embedded descriptor")
	}
	return h, nil
}

func ceilDiv(a, b uint64) uint64 { return (a + b - 1) / b }
