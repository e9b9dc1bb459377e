package countermeasure

import (
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// Origin says how the asset came to be misused: it decides whom to ask.
type Origin string

// The origins.
const (
	Compromised Origin = "compromised" // somebody broke in: its owner and hoster can mend it
	Malicious   Origin = "malicious"   // made or registered for the purpose: the registrar and the hoster can end it
)

// Objection is what the police said about asking now.
type Objection string

// The answers.
const (
	NoObjection Objection = "none"      // they do not object
	Objects     Objection = "objects"   // they want it to stay: nobody is asked
	NotAsked    Objection = "not-asked" // a person decided that they need not be asked, and says why
)

// Checklist is what has to be known before anybody is asked.
type Checklist struct {
	Origin Origin `json:"origin,omitempty"`
	// Evidence is the id of an item that holds what the asset showed; without one, NoEvidence says why.
	Evidence   string `json:"evidence,omitempty"`
	NoEvidence string `json:"no_evidence,omitempty"`
	// Police: who was asked whether an investigation would suffer, and what they said.
	Police      Objection `json:"police,omitempty"`
	PoliceAsked string    `json:"police_asked,omitempty"` // whom; of NotAsked: why not
	// Requester says how we know that who wants this is who they say: "called back", "our own finding".
	Requester string    `json:"requester,omitempty"`
	By        string    `json:"by,omitempty"`
	At        time.Time `json:"at,omitzero"`
}

// Codes of what a checklist lacks.
const (
	LacksOrigin    = "origin"
	LacksEvidence  = "evidence"
	LacksPolice    = "police"
	LacksRequester = "requester"
)

// Missing lists what has no answer yet, as codes.
func (c *Checklist) Missing() (codes []string) {
	lacks := func(code string, missing bool) {
		if missing {
			codes = append(codes, code)
		}
	}
	lacks(LacksOrigin, c.Origin == "")
	lacks(LacksEvidence, c.Evidence == "" && c.NoEvidence == "")
	lacks(LacksPolice, c.Police == "" || c.PoliceAsked == "")
	lacks(LacksRequester, c.Requester == "")
	return codes
}

// inWords are the codes for who reads the message.
var inWords = map[string]string{
	LacksOrigin:    "whether the asset was compromised or maliciously registered",
	LacksEvidence:  "which evidence was preserved, or why none",
	LacksPolice:    "whom of the police you asked and what they said",
	LacksRequester: "how the requester was authenticated",
}

// ready refuses while something is not answered, or the police object. Errors: Conflict.
func (c *Checklist) ready() error {
	missing := c.Missing()
	if len(missing) > 0 {
		words := make([]string, len(missing))
		for i, code := range missing {
			words[i] = inWords[code]
		}
		return problem.New(problem.Conflict, "before anybody is asked, say %s", strings.Join(words, "; "))
	}
	if c.Police == Objects {
		return problem.New(problem.Conflict, objection+"%s"+objectionRest, c.PoliceAsked)
	}
	return nil
}

// objection is what is said of it, around whom of the police was asked.
const (
	objection     = "the police ("
	objectionRest = ") object to asking now: wait until they agree, and note it in the checklist"
)

// HeldByPolice reads the reason for which nobody was written to, and gives whom of the police it names. ok is false for another reason.
func HeldByPolice(reason string) (who string, ok bool) {
	who, begins := strings.CutPrefix(reason, objection)
	who, ends := strings.CutSuffix(who, objectionRest)
	return who, begins && ends
}

// check cleans the answers and refuses those that are none.
func (c *Checklist) check() error {
	switch c.Origin {
	case "", Compromised, Malicious:
	default:
		return problem.New(problem.Invalid, "%q is no origin: compromised or malicious", string(c.Origin))
	}
	switch c.Police {
	case "", NoObjection, Objects, NotAsked:
	default:
		return problem.New(problem.Invalid, "%q is no answer of the police: none, objects or not-asked", string(c.Police))
	}
	for _, text := range []*string{&c.Evidence, &c.NoEvidence, &c.PoliceAsked, &c.Requester} {
		if *text = line(*text); len(*text) > maxLine {
			return problem.New(problem.Invalid, "an answer of the checklist has %d bytes, and may have %d", len(*text), maxLine)
		}
	}
	return nil
}
