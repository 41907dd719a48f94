package bootiso

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// xenPhys32Entry is the type of the ELF note that makes a kernel bootable by
// PVH (XEN_ELFNOTE_PHYS32_ENTRY).
const xenPhys32Entry = 18

const (
	headerSize  = 64 // of a 64-bit ELF file
	programSize = 56 // of one entry of its program headers
)

// trimKernel rewrites an ELF kernel as QEMU needs it: the segments to be loaded,
// without the zeros at their ends, and the note that names the PVH entry. A
// kernel without that note is refused.
func trimKernel(kernel []byte) ([]byte, error) {
	file, err := elf.NewFile(bytes.NewReader(kernel))
	if err != nil {
		return nil, fmt.Errorf("kernel: %w", err)
	}
	if file.Class != elf.ELFCLASS64 || file.Machine != elf.EM_X86_64 {
		return nil, errors.New("kernel is not for x86-64")
	}
	bootable := false
	var programs []elf.ProgHeader
	data := [][]byte{}
	for _, program := range file.Progs {
		if program.Type != elf.PT_LOAD && program.Type != elf.PT_NOTE {
			continue
		}
		if program.Off+program.Filesz < program.Off || program.Off+program.Filesz > uint64(len(kernel)) {
			return nil, errors.New("kernel's segments lie outside the file")
		}
		segment := kernel[program.Off : program.Off+program.Filesz]
		if program.Type == elf.PT_NOTE {
			bootable = bootable || hasEntryNote(segment)
		} else {
			segment = bytes.TrimRight(segment, "\x00")
		}
		programs, data = append(programs, program.ProgHeader), append(data, segment)
	}
	if !bootable {
		return nil, errors.New("kernel has no PVH entry")
	}
	return assemble(kernel[:headerSize], programs, data), nil
}

// assemble lays out a 64-bit ELF file without sections.
func assemble(header []byte, programs []elf.ProgHeader, data [][]byte) []byte {
	out := slices.Clone(header)
	le := binary.LittleEndian
	le.PutUint64(out[0x20:], headerSize)            // e_phoff
	le.PutUint64(out[0x28:], 0)                     // e_shoff
	le.PutUint16(out[0x36:], programSize)           // e_phentsize
	le.PutUint16(out[0x38:], uint16(len(programs))) // e_phnum
	le.PutUint32(out[0x3c:], 0)                     // e_shnum, e_shstrndx
	offset := uint64(headerSize + programSize*len(programs))
	for i, p := range programs {
		out = le.AppendUint32(out, uint32(p.Type))
		out = le.AppendUint32(out, uint32(p.Flags))
		for _, field := range []uint64{offset, p.Vaddr, p.Paddr, uint64(len(data[i])), p.Memsz, 4} {
			out = le.AppendUint64(out, field)
		}
		offset += uint64(len(data[i]))
	}
	return append(out, bytes.Join(data, nil)...)
}

// hasEntryNote looks for the PVH entry among the notes of a segment.
func hasEntryNote(notes []byte) bool {
	le := binary.LittleEndian
	for len(notes) >= 12 {
		name, size, kind := uint64(le.Uint32(notes)), uint64(le.Uint32(notes[4:])), le.Uint32(notes[8:])
		nameEnd := 12 + (name+3)&^3
		end := nameEnd + (size+3)&^3
		if end > uint64(len(notes)) {
			return false
		}
		if kind == xenPhys32Entry && string(notes[12:12+name]) == "Xen\x00" {
			return true
		}
		notes = notes[end:]
	}
	return false
}
