package organisations

import (
	"github.com/firehall/firehall/internal/constituency"
)

// checkOptions are the command line's.
var checkOptions = constituency.CheckOptions{}

// Check is the page of what is amiss in the register.
type Check struct {
	List  []constituency.Finding
	Codes []CodeCount // the worst first
	Code  string      // only these are listed; "" for all
	All   int
	Rest  int // that are not shown
}

// CodeCount is how often something is amiss.
type CodeCount struct {
	Code     string
	Severity constituency.Severity
	Count    int
}

// shownChecks is how many lines the page shows.
const shownChecks = 500

// checked counts what is amiss, and lists what is asked for.
func checked(list []constituency.Finding, code string) Check {
	c := Check{Code: code, All: len(list)}
	at := map[string]int{}
	for _, f := range list {
		i, ok := at[f.Code]
		if !ok {
			i = len(c.Codes)
			at[f.Code] = i
			c.Codes = append(c.Codes, CodeCount{Code: f.Code, Severity: f.Severity})
		}
		c.Codes[i].Count++
		switch {
		case code != "" && f.Code != code:
		case len(c.List) == shownChecks:
			c.Rest++
		default:
			c.List = append(c.List, f)
		}
	}
	return c
}

// codeWords are what the codes mean.
var codeWords = map[string]string{
	"overlap": "organisations.code.overlap", "nested": "organisations.code.nested", "no-contact": "organisations.code.nocontact",
	"contact-inherited": "organisations.code.inherited", "contact-bad": "organisations.code.bad", "contact-doubtful": "organisations.code.doubtful",
	"key-expired": "organisations.code.expired", "key-expiring": "organisations.code.expiring", "key-cannot-encrypt": "organisations.code.useless",
	"encryption-without-key": "organisations.code.nokey", "network-unapproved": "organisations.code.unapproved", "network-future": "organisations.code.future",
	"network-ended": "organisations.code.ended", "parent-cycle": "organisations.code.cycle",
}
