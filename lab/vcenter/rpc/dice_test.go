package rpc

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
)

var methods = []string{"PowerOnVM_Task", "ReconfigVM_Task", "CreateChildVM_Task", "RetrievePropertiesEx"}

// hits says which of n calls of each method a rule of this seed hits, the calls
// coming as interleave gives their methods.
func hits(t *testing.T, rule FaultRule, calls []string) map[string][]int {
	t.Helper()
	injector := &Injector{}
	if err := injector.Add(rule); err != nil {
		t.Fatal(err)
	}
	made, hit := map[string]int{}, map[string][]int{}
	for _, method := range calls {
		made[method]++
		if len(injector.matching(&Call{Method: method})) > 0 {
			hit[method] = append(hit[method], made[method])
		}
	}
	return hit
}

// shuffled gives n calls of each method in an order of their own.
func shuffled(n int, order uint64) (calls []string) {
	for range n {
		calls = append(calls, methods...)
	}
	rand.New(rand.NewPCG(order, 0)).Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
	return calls
}

func TestASeedHitsTheSameCallsInWhateverOrderMethodsCome(t *testing.T) {
	for seed := uint64(1); seed <= 50; seed++ {
		rule := FaultRule{Probability: 0.3, Seed: seed}
		first := hits(t, rule, shuffled(40, 1))
		for order := uint64(2); order < 6; order++ {
			if again := hits(t, rule, shuffled(40, order)); !reflect.DeepEqual(first, again) {
				t.Fatalf("seed %d, order %d: %v, not %v", seed, order, again, first)
			}
		}
	}
}

func TestASeedHitsAsManyCallsWhenTheyComeAtOnce(t *testing.T) {
	rule := FaultRule{Probability: 0.2, Seed: 11}
	want := 0
	for _, of := range hits(t, rule, shuffled(100, 1)) {
		want += len(of)
	}
	injector := &Injector{}
	if err := injector.Add(rule); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, method := range shuffled(100, 2) {
		wg.Go(func() { injector.matching(&Call{Method: method}) })
	}
	wg.Wait()
	if got := injector.Rules()[0].Hits; got != want {
		t.Errorf("%d were hit, not %d", got, want)
	}
}

func TestSeedsAndMethodsDiffer(t *testing.T) {
	seen := map[string]string{}
	for seed := uint64(1); seed <= 50; seed++ {
		for method, hit := range hits(t, FaultRule{Probability: 0.5, Seed: seed}, shuffled(64, 1)) {
			who, key := fmt.Sprintf("%s with seed %d", method, seed), fmt.Sprint(hit)
			if other := seen[key]; other != "" {
				t.Errorf("%s hits the same calls as %s", who, other)
			}
			seen[key] = who
		}
	}
}

func TestAsManyAreHitAsTheProbabilitySays(t *testing.T) {
	const calls = 5000
	for seed := uint64(1); seed <= 20; seed++ {
		for _, probability := range []float64{0.01, 0.05, 0.5} {
			for method, hit := range hits(t, FaultRule{Probability: probability, Seed: seed}, shuffled(calls, 1)) {
				// Six standard deviations.
				if want, got := calls*probability, float64(len(hit)); (got-want)*(got-want) > 36*calls*probability*(1-probability) {
					t.Errorf("seed %d: %g of %d calls of %s, not about %g", seed, got, calls, method, want)
				}
			}
		}
	}
}

func TestASeedThatIsLeftOutIsToldAndReplays(t *testing.T) {
	injector := &Injector{}
	if err := injector.Add(FaultRule{Probability: 0.5}); err != nil {
		t.Fatal(err)
	}
	var hit []int
	for call := 1; call <= 100; call++ {
		if len(injector.matching(&Call{Method: methods[0]})) > 0 {
			hit = append(hit, call)
		}
	}
	told := injector.Rules()[0]
	if told.Seed == 0 || told.Hits != len(hit) {
		t.Fatalf("told %+v, hit %d", told, len(hit))
	}
	again := hits(t, told.FaultRule, slices.Repeat(methods[:1], 100))
	if !slices.Equal(again[methods[0]], hit) {
		t.Errorf("seed %d: %v, not %v", told.Seed, again[methods[0]], hit)
	}
}

func TestCallsThatARuleIsntForDontTouchItsDice(t *testing.T) {
	rule := FaultRule{Method: methods[0], Probability: 0.5, Seed: 3}
	alone := hits(t, rule, slices.Repeat(methods[:1], 40))
	among := hits(t, rule, shuffled(40, 5))
	if !reflect.DeepEqual(alone, among) {
		t.Errorf("%v, not %v", among, alone)
	}
}
