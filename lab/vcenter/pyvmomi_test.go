package vcenter

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// pyVmomiVersion is the witness's, from PyPI.
const pyVmomiVersion = "9.1.1.0"

// python gives an interpreter that has pyVmomi. The first run installs it, into
// the lab's cache.
func python(t testing.TB) string {
	t.Helper()
	venv, err := filepath.Abs(filepath.Join("..", "..", ".lab", "cache", "pyvmomi-"+pyVmomiVersion))
	if err != nil {
		t.Fatal(err)
	}
	interpreter := filepath.Join(venv, "bin", "python")
	if exec.Command(interpreter, "-c", "import pyVmomi").Run() == nil {
		return interpreter
	}
	if err := os.MkdirAll(filepath.Dir(venv), 0o755); err != nil {
		t.Fatal(err)
	}
	// Without pip of its own a venv also works where Debian's python3-venv is
	// missing; then the system's pip installs into it.
	for _, command := range [][]string{
		{"python3", "-m", "venv", "--without-pip", "--clear", venv},
		{"python3", "-m", "pip", "--python", interpreter, "install", "--quiet", "pyvmomi==" + pyVmomiVersion},
	} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("pyVmomi can't be installed (Debian: apt-get install python3-venv python3-pip): %v: %v\n%s", command, err, out)
		}
	}
	return interpreter
}

func TestVMwaresPythonClientFindsItsWay(t *testing.T) {
	interpreter := python(t)
	r := start(t)
	cmd := exec.Command(interpreter, filepath.Join("testdata", "witness.py"), r.url.Hostname(), r.url.Port(), testUser, testPassword)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
