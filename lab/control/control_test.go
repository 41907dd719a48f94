package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// recorded notes what the API asks of a vCenter. The real one answers in
// lab/cmd/lab's tests; here it is only about what the API lets through.
type recorded struct {
	rules   []Rule
	down    time.Duration
	user    string
	refuses bool
	assumed Assumptions
	cut     int
	fed     int
	failed  string
	host    string
}

func (r *recorded) Calls() map[string]int { return map[string]int{"Login": 1, "PowerOnVM_Task": 2} }
func (r *recorded) ResetCalls()           {}
func (r *recorded) Checked(user string) []Checked {
	return []Checked{{Method: "PowerOnVM_Task", Type: "VirtualMachine", Privilege: user}}
}
func (r *recorded) ResetChecked()              {}
func (r *recorded) SetAccount(a Account) error { r.user = a.Username; return nil }
func (r *recorded) AddRule(rule Rule) error {
	if r.refuses {
		return errors.New(`no fault type "Nonsense"`)
	}
	r.rules = append(r.rules, rule)
	return nil
}
func (r *recorded) Rules() (list []RuleInForce) {
	for _, rule := range r.rules {
		list = append(list, RuleInForce{Rule: rule, Hits: 3})
	}
	return list
}
func (r *recorded) ClearRules() { r.rules = nil }
func (r *recorded) Restart(_ context.Context, down time.Duration) error {
	r.down = down
	return nil
}
func (r *recorded) SerialLines(id string) ([]SerialLine, error) {
	if id != "vm-1" {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	return []SerialLine{{Index: 1, Connected: true, Dials: 2}}, nil
}
func (r *recorded) CutSerialLine(_ string, index int, d time.Duration) error {
	r.cut, r.down = index, d
	return nil
}
func (r *recorded) FeedSerialLine(_ string, _ int, _ bool, data []byte) error {
	r.fed += len(data)
	return nil
}
func (r *recorded) MoveVM(context.Context, string) (string, error) { return "esx-2", nil }
func (r *recorded) FailVM(_ context.Context, id string) error      { r.failed = id; return nil }
func (r *recorded) ConnectHost(id, state string) error {
	if id != "esx-1" {
		return fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	r.host = state
	return nil
}
func (r *recorded) Assumed() Assumptions              { return r.assumed }
func (r *recorded) Assume(a Assumptions)              { r.assumed = a }
func (r *recorded) SetAccessible(string, bool) error  { return nil }
func (r *recorded) TerminateSessions(user string) int { r.user = user; return 3 }
func (r *recorded) VMs() []VM                         { return nil }
func (r *recorded) Tree(w io.Writer) error            { _, err := io.WriteString(w, "Datacenters\n"); return err }

func ask(handler http.Handler, method, path, body string) (int, string) {
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(method, path, strings.NewReader(body)))
	return answer.Code, answer.Body.String()
}

func TestOrdersThatMakeNoSenseAreRefused(t *testing.T) {
	v := &recorded{}
	handler := ForVCenter(v)
	for _, order := range []struct{ path, body, says string }{
		{"/faults", `{}`, "fault is missing"},
		{"/faults", `{"fautl": "TaskInProgress"}`, "unknown field"},
		{"/faults", `{"fault": 1}`, "cannot unmarshal"},
		{"/faults", `{"fault": "NotFound", "count": -1}`, "not negative"},
		{"/faults", `{"fault": "NotFound", "probability": 2}`, "probability"},
		{"/faults", `{"fault": "NotFound", "seed": 7}`, "probability"},
		{"/faults", `{"method": "PowerOnVM_Task", "dies": "before"}`, "within or after"},
		{"/faults", `{"method": "SetField", "dies": "within"}`, "starts a task"},
		{"/faults", `{"fault": "NotFound", "probability": 0.5, "seed": -7}`, "cannot unmarshal"},
		{"/faults", `{"fault": "NotFound"} {}`, "goes on"},
		{"/faults", `[`, "body"},
		{"/delays", `{"method": "Login"}`, "delayMs"},
		{"/datastores/ssd-1", `{}`, "accessible"},
		{"/delays", `{"delayMs": 5, "fault": "NotFound"}`, "no fault"},
		{"/vcenter/restart", `{"downMs": -1}`, "downMs"},
		{"/sessions/terminate", `{"users": "x"}`, "unknown field"},
		{"/assume", `{"keepParent": true}`, "unknown field"},
		{"/assume", `{}`, "no assumption"},
		{"/hosts/esx-1/connection", `{"state": "gone"}`, "disconnected"},
		{"/vms/vm-1/serial/cut", `{"forMs": -1}`, "forMs"},
		{"/vms/vm-1/serial/garbage", `{"bytes": 5}`, "console or guest"},
		{"/vms/vm-1/serial/garbage", `{"to": "guest"}`, "either data"},
		{"/vms/vm-1/serial/garbage", `{"to": "guest", "data": "!"}`, "body"},
	} {
		code, answer := ask(handler, "POST", order.path, order.body)
		if code != http.StatusBadRequest || !strings.Contains(answer, order.says) {
			t.Errorf("%s %s: %d %s, want 400 and %q", order.path, order.body, code, answer, order.says)
		}
	}
	if code, _ := ask(handler, "GET", "/vms/vm-2/serial", ""); code != http.StatusNotFound {
		t.Errorf("a VM that isn't there: %d", code)
	}
	if len(v.rules) != 0 || v.down != 0 || v.fed != 0 {
		t.Errorf("a refused order had an effect: %+v", v)
	}
}

func TestWhatTheVCenterRefusesIsTheCallersMistake(t *testing.T) {
	code, answer := ask(ForVCenter(&recorded{refuses: true}), "POST", "/faults", `{"fault": "Nonsense"}`)
	if code != http.StatusBadRequest || !strings.Contains(answer, "Nonsense") {
		t.Errorf("%d %s", code, answer)
	}
}

func TestOrdersReachTheVCenter(t *testing.T) {
	v := &recorded{}
	handler := ForVCenter(v)
	for _, order := range []struct{ method, path, body, answer string }{
		{"GET", "/calls", "", `"total": 3`},
		{"POST", "/faults", `{"fault": "NotFound", "method": "Login", "count": 2}`, "{}"},
		{"POST", "/delays", `{"delayMs": 20}`, "{}"},
		{"GET", "/faults", "", `"delayMs": 20`},
		{"POST", "/faults", `{"fault": "NotFound", "probability": 0.5, "seed": 7}`, "{}"},
		{"GET", "/faults", "", `"seed": 7`},
		{"GET", "/faults", "", `"hits": 3`},
		{"POST", "/vcenter/restart", `{"downMs": 1500}`, "{}"},
		{"POST", "/sessions/terminate", "", `"terminated": 3`},
		{"POST", "/assume", `{"keepParents": true}`, "{}"},
		{"GET", "/assume", "", `"keepParents": true`},
		{"GET", "/vms", "", `"vms": []`},
		{"GET", "/vms/vm-1/serial", "", `"dials": 2`},
		{"POST", "/vms/vm-1/vmotion", "", `"host": "esx-2"`},
		{"POST", "/vms/vm-1/serial/garbage", `{"to": "console", "bytes": 7}`, "{}"},
		{"POST", "/vms/vm-1/serial/garbage", `{"to": "guest", "data": "AAA="}`, "{}"},
		{"POST", "/vms/vm-1/serial/cut", `{"forMs": 1500}`, "{}"},
		{"POST", "/vms/vm-1/fail", "", "{}"},
		{"GET", "/tree", "", "Datacenters"},
	} {
		code, answer := ask(handler, order.method, order.path, order.body)
		if code != http.StatusOK || !strings.Contains(answer, order.answer) {
			t.Errorf("%s %s: %d %s, want 200 and %q", order.method, order.path, code, answer, order.answer)
		}
	}
	if len(v.rules) != 3 || v.down != 1500*time.Millisecond || v.fed != 9 || v.cut != -1 || v.failed != "vm-1" {
		t.Errorf("got %+v", v)
	}
	if ask(handler, "DELETE", "/faults", ""); len(v.rules) != 0 {
		t.Errorf("rules left: %v", v.rules)
	}
}

func TestPartsThatDontRunAreToldApart(t *testing.T) {
	handler := Front(map[string]int{"registry": 0, "": 1})
	if code, _ := ask(handler, "GET", "/registry/requests", ""); code != http.StatusServiceUnavailable {
		t.Errorf("a part that isn't started: %d", code)
	}
	if code, _ := ask(handler, "GET", "/calls", ""); code != http.StatusBadGateway { // nothing listens on port 1
		t.Errorf("a part that doesn't answer: %d", code)
	}
}
