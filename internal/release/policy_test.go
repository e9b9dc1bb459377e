package release

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// golden ties the version of the policy to what it says. If this fails, the policy was changed: raise PolicyVersion, and write the new
// digest here. Else decisions made under the old policy would be taken for answers under the new one.
var golden = map[int]string{
	1: "2598bfc1d9b38bb08e2058a20adcfd31",
}

// policyDigest stands for the table and for its answer to every set of facts.
func policyDigest() string {
	h := sha256.New()
	for _, r := range policy {
		fmt.Fprintf(h, "%q %b %b %s %q\n", r.name, r.when, r.unless, r.outcome, r.reason)
	}
	for have := fact(0); have < factsEnd; have++ {
		fmt.Fprintln(h, decide(have).name)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func TestPolicyHasItsVersion(t *testing.T) {
	if got := policyDigest(); got != golden[PolicyVersion] {
		t.Errorf("version %d of the policy has digest %q, and is %q now: raise PolicyVersion", PolicyVersion, golden[PolicyVersion], got)
	}
}

// For every set of facts: nothing is allowed elsewhere without a grant, nor what any fact forbids; and more trouble never allows more.
func TestEverySetOfFacts(t *testing.T) {
	const forbids = ownerUnknown | toNobody | foreignContact | red | noReceivers | notReceiver | legal | dead | spoken | keyless
	used := map[string]bool{}
	for have := fact(0); have < factsEnd; have++ {
		r := decide(have)
		used[r.name] = true
		allowed := r.outcome == Allowed
		want := have&forbids == 0 && (have&elsewhere == 0 || have&granted != 0 && have&strict == 0)
		if allowed != want {
			t.Fatalf("facts %b: %s, want allowed %v", have, r.name, want)
		}
		for worse := fact(1); worse < factsEnd; worse <<= 1 {
			if worse != granted && decide(have|worse).outcome == Allowed && !allowed {
				t.Fatalf("facts %b with %b are allowed", have, worse)
			}
		}
	}
	for _, r := range policy[:len(policy)-1] {
		if !used[r.name] {
			t.Errorf("no facts lead to the rule %s", r.name)
		}
	}
	if used[policy[len(policy)-1].name] {
		t.Error("the policy has a gap")
	}
}

// A reason is whole sentences, without a word that nobody fills in, and a refusal says what to do.
func TestReasonsAreSentences(t *testing.T) {
	names := map[string]bool{}
	for _, r := range policy {
		if names[r.name] {
			t.Errorf("two rules are called %s", r.name)
		}
		names[r.name] = true
		text := r.explain(matter{})
		if strings.ContainsAny(text, "{}") || !strings.HasSuffix(text, ".") {
			t.Errorf("%s: %s", r.name, text)
		}
		if sentences := strings.Count(text, ". ") + 1; r.outcome != Allowed && sentences < 2 {
			t.Errorf("%s does not say what to do: %s", r.name, text)
		}
	}
}
