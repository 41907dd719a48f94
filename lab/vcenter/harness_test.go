package vcenter

import (
	"context"
	"log/slog"
	"net"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
	"github.com/vic-operator/vic-operator/lab/vmdk"
)

const (
	testUser     = "operator@vsphere.local"
	testPassword = "lab-password"
)

// running is a vCenter that a test's clients talk to over HTTPS.
type running struct {
	*VCenter
	t   testing.TB
	dir string
	url *url.URL
}

func start(t testing.TB, change ...func(*Options)) *running {
	t.Helper()
	return startIn(t, t.TempDir(), change...)
}

func startIn(t testing.TB, dir string, change ...func(*Options)) *running {
	t.Helper()
	o := Options{
		DataDir: dir, Driver: &guest.Simulated{}, Disks: vmdk.Store{}, Users: map[string]string{testUser: testPassword},
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	for _, f := range change {
		f(&o)
	}
	v, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = v.Serve(l) }()
	u := &url.URL{Scheme: "https", Host: l.Addr().String(), Path: "/sdk", User: url.UserPassword(testUser, testPassword)}
	r := &running{VCenter: v, t: t, dir: dir, url: u}
	t.Cleanup(func() { _ = v.Close() })
	return r
}

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// client logs in.
func (r *running) client() *govmomi.Client {
	r.t.Helper()
	c, err := govmomi.NewClient(testContext(r.t), r.url, true)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// must gives a value or ends the test.
func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// done waits for a task's success.
func done(t testing.TB, task *object.Task, err error) *types.TaskInfo {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	info, err := task.WaitForResult(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	return info
}
