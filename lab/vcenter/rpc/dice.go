package rpc

import (
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"
)

// dice says which calls a rule with a probability hits. What falls for the n-th
// call of a method follows from the seed, the method and n alone, so that a
// replay hits the same ones whatever other calls come in between, and in
// whatever order those of different methods come. Objects aren't part of it:
// their references and names differ from run to run.
type dice struct {
	seed  uint64
	calls map[string]uint64 // so many calls of a method have been thrown for
}

// newDice makes dice of a seed; 0 stands for one by chance.
func newDice(seed uint64) *dice {
	if seed == 0 {
		seed = 1 + uint64(rand.Uint32()) // JavaScript reads it without loss
	}
	return &dice{seed: seed, calls: map[string]uint64{}}
}

// throw gives a number from 0 to below 1 for the next call of method.
func (d *dice) throw(method string) float64 {
	d.calls[method]++
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(method))
	var number [8]byte
	binary.LittleEndian.PutUint64(number[:], d.calls[method])
	_, _ = hash.Write(number[:])
	return rand.New(rand.NewPCG(d.seed, hash.Sum64())).Float64()
}
