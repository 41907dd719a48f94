package vcenter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/vcenter/ops"
)

// SerialLines implements control.SerialLines.
func (v *VCenter) SerialLines(id string) (list []control.SerialLine, err error) {
	lines, moref, _, err := v.service.SerialLines(id, 0)
	if err != nil {
		return nil, notFound(err)
	}
	for index, state := range lines.Lines(moref) {
		list = append(list, control.SerialLine{Index: index, Connected: state.Connected, Dials: state.Dials})
	}
	slices.SortFunc(list, func(a, b control.SerialLine) int { return cmp.Compare(a.Index, b.Index) })
	return list, nil
}

// CutSerialLine implements control.SerialLines.
func (v *VCenter) CutSerialLine(id string, index int, d time.Duration) error {
	lines, moref, index, err := v.service.SerialLines(id, index)
	if err != nil {
		return notFound(err)
	}
	return lines.CutLine(moref, index, d)
}

// FeedSerialLine implements control.SerialLines.
func (v *VCenter) FeedSerialLine(id string, index int, toGuest bool, data []byte) error {
	lines, moref, index, err := v.service.SerialLines(id, index)
	if err != nil {
		return notFound(err)
	}
	return lines.FeedLine(moref, index, toGuest, data)
}

// MoveVM implements control.SerialLines.
func (v *VCenter) MoveVM(ctx context.Context, id string) (string, error) {
	host, err := v.service.MoveToOtherHost(ctx, id)
	return host, notFound(err)
}

func notFound(err error) error {
	if errors.Is(err, ops.ErrNoVM) {
		return fmt.Errorf("%w: %w", control.ErrNotFound, err)
	}
	return err
}
