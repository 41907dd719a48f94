package property

import (
	"fmt"

	"github.com/vmware/govmomi/vim25/types"
)

// anonymous is the name under which a TraversalSpec without one is kept while
// its filter is compiled: its identity.
func anonymous(ts *types.TraversalSpec) string { return fmt.Sprintf("\x00%p", ts) }
