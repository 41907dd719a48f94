package supervisor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary stand for a supervisor that can be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SUPERVISE_SLEEPER_IN"); dir != "" {
		os.Unsetenv("SUPERVISE_SLEEPER_IN")
		g, err := NewGroup(dir, func(string, ...any) {})
		if err == nil {
			err = Lock(dir)
		}
		if err == nil {
			err = g.Start(context.Background(), sleeper("sleeper"))
		}
		if err != nil {
			panic(err)
		}
		fmt.Println("ready")
		select {}
	}
	os.Exit(m.Run())
}

func sleeper(role string) Process { return Process{Role: role, Args: []string{"sleep", "1000"}} }

func newGroup(t *testing.T) (*Group, string) {
	t.Helper()
	dir := t.TempDir()
	g, err := NewGroup(dir, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Stop(5 * time.Second) })
	return g, dir
}

// eventually waits for a state that other processes bring about.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}

func TestProcessThatKeepsEndingFailsWithItsLog(t *testing.T) {
	g, _ := newGroup(t)
	err := g.Start(t.Context(), Process{
		Role:  "failing",
		Args:  []string{"sh", "-c", "echo the reason; exit 3"},
		Ready: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	})
	var failed *StartError
	if !errors.As(err, &failed) || failed.Role != "failing" || !strings.Contains(failed.Tail, "the reason") {
		t.Fatalf("got %v, want a StartError with the log's end", err)
	}
}

func TestProgramThatIsMissingIsNamed(t *testing.T) {
	g, _ := newGroup(t)
	err := g.Start(t.Context(), Process{
		Role:  "missing",
		Args:  []string{"/no/such/program"},
		Ready: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	})
	if err == nil || !strings.Contains(err.Error(), "/no/such/program") {
		t.Fatalf("got %v, want the program's name", err)
	}
}

func TestProcessThatIsNeverReadyFailsAtTheDeadline(t *testing.T) {
	g, _ := newGroup(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	process := sleeper("slow")
	process.Ready = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	if err := g.Start(ctx, process); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
}

func TestKilledProcessIsStartedAgain(t *testing.T) {
	g, dir := newGroup(t)
	if err := g.Start(t.Context(), sleeper("sleeper")); err != nil {
		t.Fatal(err)
	}
	var first int
	eventually(t, "a pid file", func() bool { first = Running(dir)["sleeper"]; return first != 0 })
	if err := g.Kill("sleeper"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another process", func() bool { now := Running(dir)["sleeper"]; return now != 0 && now != first })
}

func TestStopIsForGood(t *testing.T) {
	g, dir := newGroup(t)
	stubborn := Process{Role: "stubborn", Args: []string{"sh", "-c", `trap "" TERM; while :; do sleep 0.1; done`}}
	for _, p := range []Process{sleeper("sleeper"), stubborn} {
		if err := g.Start(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "both processes", func() bool { return len(Running(dir)) == 2 })
	g.Stop(300 * time.Millisecond)
	if left := Running(dir); len(left) != 0 {
		t.Errorf("still there: %v", left)
	}
	Sweep(dir, 0) // the shell's last sleep
	if left := Owned(dir); len(left) != 0 {
		t.Errorf("orphans: %v", left)
	}
}

func TestOnlyOneSupervisor(t *testing.T) {
	dir := t.TempDir()
	if Supervisor(dir) != 0 {
		t.Error("a supervisor in an empty directory")
	}
	if err := Lock(dir); err != nil {
		t.Fatal(err)
	}
	if err := Lock(dir); !errors.Is(err, ErrLocked) {
		t.Errorf("a second lock: %v", err)
	}
	if got := Supervisor(dir); got != os.Getpid() {
		t.Errorf("supervisor %d, want %d", got, os.Getpid())
	}
}

func TestDownFindsWhatAKilledSupervisorLeft(t *testing.T) {
	dir := t.TempDir()
	supervisor := exec.Command(os.Args[0])
	supervisor.Env = append(os.Environ(), "SUPERVISE_SLEEPER_IN="+dir)
	out, err := supervisor.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := supervisor.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 6)); err != nil {
		t.Fatal(err)
	}
	// An orphan that ignores its parent's death.
	orphan := exec.Command("sleep", "1000")
	orphan.Env = append(os.Environ(), processMark(dir))
	if err := orphan.Start(); err != nil {
		t.Fatal(err)
	}
	go orphan.Wait()
	stranger := exec.Command("sleep", "1000")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { stranger.Process.Kill(); stranger.Wait() }()
	// A pid file that lies: its process isn't of this lab.
	if err := writePID(dir, "etcd", stranger.Process.Pid); err != nil {
		t.Fatal(err)
	}

	supervisor.Process.Kill()
	supervisor.Wait()
	if Down(dir, 4*time.Second) == 0 {
		t.Error("nothing was found")
	}
	if left := Owned(dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	if err := stranger.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the stranger was ended: %v", err)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "run", "*.pid")); len(files) > 1 { // the lock stays
		t.Errorf("pid files left: %v", files)
	}
}

func TestPortsAreKeptWhileTheyAreFree(t *testing.T) {
	dir := t.TempDir()
	first, err := ChoosePorts(dir, "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	if first["a"] == first["b"] {
		t.Fatalf("the same port twice: %v", first)
	}
	taken, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first["a"]))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	second, err := ChoosePorts(dir, "a", "b", "c")
	if err != nil {
		t.Fatal(err)
	}
	if second["b"] != first["b"] || second["a"] == first["a"] {
		t.Errorf("ports %v, then, with a's taken, %v", first, second)
	}
}

func TestPortsOfALabThatStillStartsAreNoOthers(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	ports, err := ChoosePorts(first, "a")
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(first, "ports.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(second, "ports.json"), content, 0o644); err != nil {
		t.Fatal(err)
	}
	others, err := ChoosePorts(second, "a")
	if err != nil {
		t.Fatal(err)
	}
	if others["a"] == ports["a"] {
		t.Errorf("two labs were given port %d", ports["a"])
	}
	name := fmt.Sprintf("@vic-lab/port/%d", ports["a"])
	if socket, err := net.ListenPacket("unixgram", name); err == nil {
		socket.Close()
		t.Errorf("another process could claim port %d", ports["a"])
	}
}
