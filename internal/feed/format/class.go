package format

import (
	"strings"

	"github.com/firehall/firehall/internal/core/rsit"
)

// intelmq maps the classification types of IntelMQ, old and new, that are none of RSIT.
var intelmq = map[string]rsit.Type{
	"blacklist":             "undetermined", // listed somewhere: what was seen is not said
	"dga-domain":            "undetermined",
	"dga domain":            "undetermined",
	"proxy":                 "potentially-unwanted-accessible",
	"tor":                   "other",
	"malware":               "undetermined",    // since version 3 a sample; before, either end of an infection: nobody is accused
	"botnet drone":          "infected-system", // IntelMQ before version 3, here and below
	"infected system":       "infected-system",
	"ransomware":            "infected-system",
	"c&c":                   "c2-server",
	"c2server":              "c2-server",
	"malware configuration": "malware-configuration",
	"backdoor":              "system-compromise",
	"compromised":           "system-compromise",
	"defacement":            "unauthorised-information-modification",
	"dropzone":              "other",
	"leak":                  "data-leak",
	"ids alert":             "ids-alert",
	"vulnerable client":     "vulnerable-system",
	"vulnerable service":    "vulnerable-system",
	"unauthorized-command":  "system-compromise",
	"unauthorized-login":    "system-compromise",
	"unauthorized use":      "unauthorised-use-of-resources",
	"unknown":               "undetermined",
}

// TypeOf finds the RSIT type for a classification type as feeds write it: RSIT's own, or one of IntelMQ's.
func TypeOf(name string) (rsit.Type, bool) {
	if t, ok := rsit.Lookup(name); ok {
		return t, true
	}
	if t, ok := intelmq[name]; ok {
		return t, true
	}
	name = strings.ToLower(strings.TrimSpace(name))
	if t, ok := intelmq[name]; ok {
		return t, true
	}
	return rsit.Lookup(name)
}
