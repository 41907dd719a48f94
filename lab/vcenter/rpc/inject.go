package rpc

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// FaultRule makes calls fail or wait. Empty fields match everything.
type FaultRule struct {
	Method      string        // e.g. "PowerOnVM_Task"
	Type        string        // of the object called, e.g. "VirtualMachine"
	Name        string        // of the managed entity called
	Probability float64       // 0 and 1: always
	Seed        uint64        // of the dice that a probability throws; 0: one by chance
	Skip        int           // let so many matching calls pass first
	Count       int           // apply so many times; 0: for ever
	Delay       time.Duration // before the call does anything
	Fault       string        // type of the fault, e.g. "TaskInProgress"; "": only the delay
	Message     string        // its localized message
	InTask      bool          // the call succeeds and its task ends with the fault
	Cut         bool          // the call is carried out, and its connection ends without an answer
	Dies        Death         // the call's task is begun, and with it the vCenter's process ends
}

// Death is where in a task the vCenter's process ends; "" is nowhere.
type Death string

const (
	DiesWithin Death = "within" // what the task did to files is done, nothing else
	DiesAfter  Death = "after"  // all is done, and nobody was told
)

// RuleInForce is a rule, with the seed that it has, and how many calls it has hit.
type RuleInForce struct {
	FaultRule
	Hits int
}

type activeRule struct {
	RuleInForce
	dice    *dice // nil where every call is hit
	skipped int
}

// Injector holds the rules in force.
type Injector struct {
	mu    sync.Mutex
	rules []*activeRule
}

// Add puts a rule in force, or says why it can't be.
func (i *Injector) Add(rule FaultRule) error {
	if _, err := rule.fault(); err != nil {
		return err
	}
	active := &activeRule{RuleInForce: RuleInForce{FaultRule: rule}}
	if rule.Probability > 0 && rule.Probability < 1 {
		active.dice = newDice(rule.Seed)
		active.Seed = active.dice.seed
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.rules = append(i.rules, active)
	return nil
}

// Clear takes all rules back.
func (i *Injector) Clear() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.rules = nil
}

// Rules lists the rules in force.
func (i *Injector) Rules() (list []RuleInForce) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, r := range i.rules {
		list = append(list, r.RuleInForce)
	}
	return list
}

func (r *FaultRule) fault() (error, error) {
	if r.Fault == "" {
		return nil, nil
	}
	t, ok := types.TypeFunc()(r.Fault)
	if !ok {
		return nil, fmt.Errorf("no fault type %q", r.Fault)
	}
	f, ok := reflect.New(t).Interface().(types.BaseMethodFault)
	if !ok {
		return nil, fmt.Errorf("type %q is not a fault", r.Fault)
	}
	if r.Message != "" {
		return fault.Newf(f, "%s", r.Message), nil
	}
	return fault.New(f), nil
}

// apply waits and fails as the first matching rules say.
func (i *Injector) apply(ctx context.Context, c *Call) error {
	for _, r := range i.matching(c) {
		if r.Delay > 0 {
			select {
			case <-time.After(r.Delay):
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		c.cut = c.cut || r.Cut
		if r.Dies != "" {
			c.Dies = r.Dies
		}
		injected, _ := r.fault()
		if injected == nil {
			continue
		}
		if r.InTask {
			c.TaskFault = injected
			continue
		}
		return injected
	}
	return nil
}

func (i *Injector) matching(c *Call) (matched []FaultRule) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, r := range i.rules {
		switch {
		case r.Method != "" && r.Method != c.Method,
			r.Type != "" && r.Type != c.This.Type,
			r.Name != "" && r.Name != entityName(c.Object),
			r.Count > 0 && r.Hits >= r.Count,
			r.dice != nil && r.dice.throw(c.Method) >= r.Probability:
			continue
		}
		if r.skipped < r.Skip {
			r.skipped++
			continue
		}
		r.Hits++
		matched = append(matched, r.FaultRule)
	}
	return matched
}

func entityName(o inventory.Object) string {
	if o == nil {
		return ""
	}
	if e := inventory.EntityOf(o); e != nil {
		return e.Name
	}
	return ""
}
