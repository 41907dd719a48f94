package vcenter

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// BenchmarkAChangeAmong changes one VM by a task and waits until a watch over
// all of them has told it, over HTTPS.
func BenchmarkAChangeAmong(b *testing.B) {
	for _, count := range []int{10, 1000, 10000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) { changeAmong(b, count) })
	}
}

func changeAmong(b *testing.B, count int) {
	r := start(b, func(o *Options) { o.Log = slog.New(slog.DiscardHandler) })
	s := r.site()
	began := time.Now()
	ctx := context.Background() // longer than a test may take
	for i := range count {
		if _, err := s.folder.CreateVM(ctx, types.VirtualMachineConfigSpec{Name: fmt.Sprintf("vm-%d", i), Files: &types.VirtualMachineFileInfo{VmPathName: "[ssd-1]"}}, s.pool, nil); err != nil {
			b.Fatal(err)
		}
	}
	r.service.Tasks.Wait()
	b.Logf("%d VMs in %v", count, time.Since(began))
	w := s.watch(containerViewSpec(s.allVMs(), "VirtualMachine", "name", "runtime.powerState", `config.extraConfig["guestinfo.vic.report"]`))
	began = time.Now()
	all := w.next(5)
	b.Logf("%d entered in %v", len(all), time.Since(began))
	b.ResetTimer()
	for i := range b.N {
		vm := object.NewVirtualMachine(s.c.Client, all[i%len(all)].Obj)
		if _, err := vm.Reconfigure(ctx, types.VirtualMachineConfigSpec{ExtraConfig: []types.BaseOptionValue{option("guestinfo.vic.report", fmt.Sprint(i+1))}}); err != nil {
			b.Fatal(err)
		}
		if got := w.next(5); len(got) != 1 || got[0].Kind != types.ObjectUpdateKindModify {
			b.Fatalf("got %+v", got)
		}
	}
}
