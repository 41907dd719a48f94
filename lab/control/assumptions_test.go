package control

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestAnAssumptionThatIsMisspeltIsRefused(t *testing.T) {
	for word, says := range map[string]string{
		"keepParent": "keepParents", "keepParents=1": "takes no value", "lagMs": "needs a number", "lagMs=soon": "needs a number", "lagMs=-1": "needs a number",
	} {
		if _, err := ParseAssumptions([]string{word}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", word, err)
		}
	}
	a, err := ParseAssumptions([]string{"keepParents", "lagMs=2000"})
	if want := (Assumptions{KeepParents: true, LagMs: 2000}); err != nil || a != want {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestAnOrderChangesTheAssumptionsThatItNames(t *testing.T) {
	v := &recorded{assumed: Assumptions{KeepParents: true}}
	handler := ForVCenter(v)
	for _, body := range []string{``, `[]`, `{"lagMs": -1}`, `{"lagMs": 99999999}`, `{"lagMs": true}`} {
		if code, answer := ask(handler, "POST", "/assume", body); code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", body, code, answer)
		}
	}
	if code, answer := ask(handler, "POST", "/assume", `{"lagMs": 20, "noTools": true}`); code != http.StatusOK {
		t.Fatal(answer)
	}
	if want := (Assumptions{KeepParents: true, LagMs: 20, NoTools: true}); v.assumed != want {
		t.Errorf("%+v", v.assumed)
	}
	if code, _ := ask(handler, "DELETE", "/assume", ``); code != http.StatusOK || v.assumed != (Assumptions{}) {
		t.Errorf("%d %+v", code, v.assumed)
	}
}

// row splits a table's row into its cells.
func rows(t *testing.T, document string) (list [][]string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + document)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if strings.HasPrefix(line, "| ") {
			cells := strings.Split(strings.Trim(line, "| "), " | ")
			list = append(list, cells)
		}
	}
	return list
}

var quoted = regexp.MustCompile("`([^`]+)`")

func TestTheTableOfSwitchesIsTheLabs(t *testing.T) {
	told := map[string]string{}
	for _, cells := range rows(t, "lab.md") {
		if name := strings.Trim(cells[0], "`"); len(cells) == 2 {
			told[name] = strings.ReplaceAll(cells[1], "`", "")
		}
	}
	for _, s := range Describe() {
		if told[s.Name] != s.Does {
			t.Errorf("docs/lab.md says %q of %s, which does: %s", told[s.Name], s.Name, s.Does)
		}
	}
}

// Every line of the document has a switch or says why it has none, and every
// switch has its lines.
func TestEveryLineOfTheAssumptionsHasASwitchOrAReason(t *testing.T) {
	const column = 4 // #, we assume, because, if not, switch, confirmed
	lines := map[string][]string{}
	for _, cells := range rows(t, "vcenter-assumptions.md") {
		if !regexp.MustCompile(`^[A-Z]\d+[a-z]?$`).MatchString(cells[0]) {
			continue
		}
		if len(cells) <= column || strings.TrimSpace(cells[column]) == "" {
			t.Errorf("%s has neither a switch nor a reason", cells[0])
			continue
		}
		for _, m := range quoted.FindAllStringSubmatch(cells[column], -1) {
			lines[m[1]] = append(lines[m[1]], cells[0])
		}
		if lines[cells[0]] != nil {
			t.Errorf("%s stands there twice", cells[0])
		}
	}
	for _, s := range Describe() {
		if !slices.Equal(slices.Sorted(slices.Values(lines[s.Name])), slices.Sorted(slices.Values(s.Lines))) {
			t.Errorf("%s is about %v, but stands in %v", s.Name, s.Lines, lines[s.Name])
		}
		delete(lines, s.Name)
	}
	for name, at := range lines {
		if !strings.Contains(name, "/") && !strings.Contains(name, " ") { // an order of the control API, or a command
			t.Errorf("%v names a switch that isn't there: %s", at, name)
		}
	}
}

// A life that goes well with a switch doesn't notice that it does nothing: each
// has a test of its own beside test/e2e/assumptions/positions.ts.
func TestEverySwitchHasATestThatNeedsIt(t *testing.T) {
	named := map[string]bool{}
	words := regexp.MustCompile(`[A-Za-z]+`)
	for _, root := range []string{"../vcenter", "../../test/e2e"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") && !strings.HasSuffix(path, ".test.ts") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, word := range words.FindAllString(string(text), -1) {
				named[strings.ToLower(word)] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range Describe() {
		if !named[strings.ToLower(s.Name)] {
			t.Errorf("no test names %s", s.Name)
		}
	}
}
