package process

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestProgramsThatCannotBeExecutedAreToldAsInDocker(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"noexec": "x", "text": "not a program", "script": "#!/missing/interpreter\n"} {
		mode := os.FileMode(0o755)
		if name == "noexec" {
			mode = 0o644
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	t.Setenv("PATH", "")
	for program, want := range map[string]Failure{
		"foo":          {ReasonNotFound, `exec: "foo": executable file not found in $PATH`, 127},
		"noexec":       {ReasonNotFound, `exec: "noexec": executable file not found in $PATH`, 127},
		in("missing"):  {ReasonNotFound, `exec: "` + in("missing") + `": stat ` + in("missing") + `: no such file or directory`, 127},
		in("script"):   {ReasonNotFound, `exec ` + in("script") + `: no such file or directory`, 127},
		in("noexec"):   {ReasonNotExecutable, `exec: "` + in("noexec") + `": permission denied`, 126},
		in("text"):     {ReasonNotExecutable, `exec ` + in("text") + `: exec format error`, 126},
		dir:            {ReasonNotExecutable, `exec: "` + dir + `": is a directory`, 126},
		in("text/sub"): {ReasonNotExecutable, `exec: "` + in("text/sub") + `": stat ` + in("text/sub") + `: not a directory`, 126},
	} {
		err := execute([]string{program}, []string{"PATH=" + dir[:1] + "nowhere"})
		var f *Failure
		if !errors.As(err, &f) || *f != want {
			t.Errorf("%s: %+v", program, f)
		}
	}
}
