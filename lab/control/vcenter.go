package control

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// VCenter is what the control API needs of the lab's vCenter.
type VCenter interface {
	// Calls counts vSphere calls per method since ResetCalls.
	Calls() map[string]int
	ResetCalls()
	// AddRule puts a fault or a delay in force; its error says what is wrong
	// with the rule.
	AddRule(Rule) error
	// Rules lists the ones in force; ClearRules ends them all.
	Rules() []RuleInForce
	ClearRules()
	// Restart drops all connections and sessions and refuses new ones for so
	// long. Virtual machines run on, as on their hosts.
	Restart(ctx context.Context, down time.Duration) error
	// TerminateSessions ends sessions, all or those of one user, and says how
	// many.
	TerminateSessions(user string) int
	VMs() []VM
	SerialLines
	Accounts
	Failures
	Hosts
	Datastores
	// Assumed says which behaviours are in force of those that only a real
	// vCenter can settle; Assume puts others in force.
	Assumed() Assumptions
	Assume(Assumptions)
	// Tree prints the inventory for a person.
	Tree(w io.Writer) error
}

// Rule makes vSphere calls fail or wait. Empty fields match everything.
type Rule struct {
	Method      string  `json:"method,omitempty"`      // e.g. PowerOnVM_Task
	Type        string  `json:"type,omitempty"`        // of the object called, e.g. VirtualMachine
	Name        string  `json:"name,omitempty"`        // of the entity called
	Probability float64 `json:"probability,omitempty"` // 0 and 1: always
	Seed        uint64  `json:"seed,omitempty"`        // of the dice that a probability throws; 0: one by chance
	Skip        int     `json:"skip,omitempty"`        // so many matching calls pass first
	Count       int     `json:"count,omitempty"`       // so many are hit; 0: for ever
	DelayMs     int     `json:"delayMs,omitempty"`
	Fault       string  `json:"fault,omitempty"` // type of the fault, e.g. TaskInProgress
	Message     string  `json:"message,omitempty"`
	InTask      bool    `json:"inTask,omitempty"` // the task ends with the fault, not the call
	Cut         bool    `json:"cut,omitempty"`    // the call is carried out, and its connection ends without an answer
	Dies        string  `json:"dies,omitempty"`   // within or after: so far is the call's task when the vCenter's process ends
}

// RuleInForce is a rule, with the seed that it has, and how many calls it has hit.
type RuleInForce struct {
	Rule
	Hits int `json:"hits"`
}

// VM is a virtual machine as tests and people want to find it.
type VM struct {
	Name  string `json:"name"`
	MoRef string `json:"moref"`
	Power string `json:"power"` // poweredOn, poweredOff, suspended
	Guest Guest  `json:"guest"`
	PID   int    `json:"pid,omitempty"` // of its QEMU
}

// Guest is what a VM's tools say.
type Guest struct {
	ToolsRunning bool   `json:"toolsRunning"`
	HostName     string `json:"hostName,omitempty"`
	IPAddress    string `json:"ipAddress,omitempty"`
}

// ForVCenter is the vCenter's part of the control API.
func ForVCenter(v VCenter) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /calls", Handle(func(context.Context, None) (any, error) {
		calls, total := v.Calls(), 0
		for _, n := range calls {
			total += n
		}
		return map[string]any{"calls": calls, "total": total}, nil
	}))
	mux.Handle("POST /calls/reset", Handle(func(context.Context, None) (any, error) {
		v.ResetCalls()
		return nil, nil
	}))
	mux.Handle("GET /faults", Handle(func(context.Context, None) (any, error) {
		rules := v.Rules()
		if rules == nil {
			rules = []RuleInForce{}
		}
		return map[string]any{"rules": rules}, nil
	}))
	mux.Handle("POST /faults", Handle(func(_ context.Context, rule Rule) (any, error) {
		if rule.Fault == "" && !rule.Cut && rule.Dies == "" {
			return nil, Refuse(`fault is missing: the type of a vSphere fault, e.g. "TaskInProgress"; or cut, or dies`)
		}
		if rule.Dies != "" && (rule.Dies != "within" && rule.Dies != "after" || !strings.HasSuffix(rule.Method, "_Task")) {
			return nil, Refuse("dies is within or after, and for a method that starts a task")
		}
		return nil, addRule(v, rule)
	}))
	mux.Handle("POST /delays", Handle(func(_ context.Context, rule Rule) (any, error) {
		if rule.DelayMs == 0 || rule.Fault != "" || rule.Cut || rule.Dies != "" {
			return nil, Refuse("a delay needs delayMs and has no fault")
		}
		return nil, addRule(v, rule)
	}))
	clearRules := Handle(func(context.Context, None) (any, error) {
		v.ClearRules()
		return nil, nil
	})
	mux.Handle("DELETE /faults", clearRules)
	mux.Handle("DELETE /delays", clearRules)
	mux.Handle("POST /vcenter/restart", Handle(func(ctx context.Context, order struct {
		DownMs int `json:"downMs"`
	}) (any, error) {
		if order.DownMs < 0 || order.DownMs > 600_000 {
			return nil, Refuse("downMs: 0 to 600000")
		}
		return nil, v.Restart(ctx, time.Duration(order.DownMs)*time.Millisecond)
	}))
	mux.Handle("POST /sessions/terminate", Handle(func(_ context.Context, order struct {
		User string `json:"user"`
	}) (any, error) {
		return map[string]any{"terminated": v.TerminateSessions(order.User)}, nil
	}))
	mux.Handle("GET /vms", Handle(func(context.Context, None) (any, error) {
		vms := v.VMs()
		if vms == nil {
			vms = []VM{}
		}
		return map[string]any{"vms": vms}, nil
	}))
	serialHandlers(mux, v)
	accountHandlers(mux, v)
	failureHandlers(mux, v)
	hostHandlers(mux, v)
	datastoreHandlers(mux, v)
	mux.Handle("GET /assume", Handle(func(context.Context, None) (any, error) { return v.Assumed(), nil }))
	mux.Handle("POST /assume", Handle(func(_ context.Context, body json.RawMessage) (any, error) {
		assumed, err := v.Assumed().Patched(body)
		if err == nil {
			v.Assume(assumed)
		}
		return nil, err
	}))
	mux.Handle("DELETE /assume", Handle(func(context.Context, None) (any, error) {
		v.Assume(Assumptions{})
		return nil, nil
	}))
	mux.HandleFunc("GET /tree", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if err := v.Tree(w); err != nil {
			fmt.Fprintln(w, err)
		}
	})
	return mux
}

func addRule(v VCenter, rule Rule) error {
	if rule.Probability < 0 || rule.Probability > 1 || rule.Skip < 0 || rule.Count < 0 || rule.DelayMs < 0 {
		return Refuse("probability is 0 to 1, skip, count and delayMs are not negative")
	}
	if rule.Seed != 0 && (rule.Probability == 0 || rule.Probability == 1) {
		return Refuse("a seed is for a probability between 0 and 1")
	}
	if err := v.AddRule(rule); err != nil {
		return Refuse("%v", err)
	}
	return nil
}
