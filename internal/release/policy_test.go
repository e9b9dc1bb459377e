package release

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// golden ties the version of the policy to what it says. If this fails, the policy was changed: raise PolicyVersion, and write the new
// digest here. Else decisions made under the old policy would be taken for answers under the new one.
var golden = map[int]string{
	1: "2598bfc1d9b38bb08e2058a20adcfd31",
	2: "ea6bd93bdb7ed8712ced29bf634999d5",
	3: "b5c9ca6e2479862b700cf0c78b32afb6",
	4: "46b80f37b5c00fbd2fa5c9a7fcd31106",
}

// policyDigest stands for the table and for what a fact is called.
func policyDigest() string {
	h := sha256.New()
	for _, r := range policy {
		fmt.Fprintf(h, "%q %b %b %s %q\n", r.name, r.when, r.unless, r.outcome, r.reason)
	}
	for _, q := range questions {
		fmt.Fprintf(h, "%b %s\n", q.fact, q.code)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func TestPolicyHasItsVersion(t *testing.T) {
	if got := policyDigest(); got != golden[PolicyVersion] {
		t.Errorf("version %d of the policy has digest %q, and is %q now: raise PolicyVersion", PolicyVersion, golden[PolicyVersion], got)
	}
}

// trust are the facts that let more go; whoever loses one gets no more than before.
const trust = granted | concerned | member | chosen | agreed | inside | ours | public

// Facts that say who the recipient is, or what is asked: neither is more or less trust.
const neither = lookup | touching | partner | acting | elsewhere

func drawFacts(t *rapid.T, label string) fact {
	have := fact(rapid.Uint64Range(0, uint64(factsEnd)-1).Draw(t, label))
	// Most facts hold seldom: else everything is refused at once.
	return have & fact(rapid.Uint64Range(0, uint64(factsEnd)-1).Draw(t, label+" sparse"))
}

// For any set of facts: nothing is allowed elsewhere without a need to know, nor what any fact forbids; and more trouble never opens more.
func TestAnySetOfFacts(t *testing.T) {
	const forbids = toNobody | foreignContact | dead | spoken | keyless
	rapid.Check(t, func(t *rapid.T) {
		have := drawFacts(t, "facts") &^ (lookup | touching)
		r := decide(have)
		if !r.outcome.lets() {
			return
		}
		if have&forbids != 0 || have&inside == 0 && have&(red|ownerUnknown|noReceivers|notReceiver|unconsented|iepSilent) != 0 {
			t.Fatalf("facts %b: %s", have, r.name)
		}
		if have&elsewhere != 0 && have&(trust&^(agreed|ours)) == 0 {
			t.Fatalf("nobody said that they need to know: facts %b: %s", have, r.name)
		}
		for worse := fact(1); worse < factsEnd; worse <<= 1 {
			if worse&(trust|neither) == 0 && decide(have|worse).outcome.openness() > r.outcome.openness() {
				t.Fatalf("facts %b with %b are more open: %s", have, worse, decide(have|worse).name)
			}
		}
	})
}

// Each rule is reached, and a question stands for each fact.
func TestRulesAndFactsAreUsed(t *testing.T) {
	asked, used := fact(0), fact(0)
	for _, q := range questions {
		asked |= q.fact
	}
	for _, r := range policy {
		used |= r.when | r.unless
		have := r.when
		if r.when&elsewhere != 0 && r.unless&chosen == 0 {
			have |= chosen // somebody said that they need to know
		}
		if got := decide(have); got.name != r.name && r.name != "nothing-allows" && r.when != 0 {
			t.Errorf("the facts of the rule %s lead to %s", r.name, got.name)
		}
	}
	if asked != factsEnd-1 || used|sensitive != factsEnd-1 {
		t.Errorf("asked %b, used %b", asked, used)
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
