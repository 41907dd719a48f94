package fleet

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"
)

// MachineOf names a machine by anything that no other has, such as an object's
// UID: all of its identities follow from that, so that it may be made again.
func MachineOf(name, seed string) Machine {
	sum := sha256.Sum256([]byte(seed))
	derived := func(what string) string {
		return uuid.NewSHA1(uuid.NameSpaceOID, append([]byte(what), sum[:]...)).String()
	}
	return Machine{
		ID: hex.EncodeToString(sum[:]), Name: name, UUID: derived("bios"), InstanceUUID: derived("instance"),
		// The range of addresses that are set by hand.
		MAC: fmt.Sprintf("00:50:56:%02x:%02x:%02x", sum[0]&0x3f, sum[1], sum[2]),
	}
}
