package mime

import (
	"maps"
	"strings"

	"github.com/firehall/firehall/internal/core/rsit"
)

// feedbackClasses maps the feedback types of RFC 5965 §3.1 and its registry to RSIT.
var feedbackClasses = map[string]rsit.Type{
	"abuse": "spam", "fraud": "phishing", "virus": "malware-distribution", "auth-failure": "masquerade",
	"not-spam": "other", "opt-out": "other", "opt-out-list": "other", "miscategorized": "other", "other": "undetermined",
}

// FeedbackClass is what a feedback type (RFC 5965) is in RSIT's words; what is unknown is undetermined.
func FeedbackClass(kind string) rsit.Type { return known(feedbackClasses[strings.ToLower(kind)]) }

// xarfClasses maps X-ARF v4 categories and types to RSIT.
var xarfClasses = map[string]rsit.Type{
	"connection/ddos":                   "ddos",
	"connection/infected_host":          "infected-system",
	"connection/login_attack":           "brute-force",
	"connection/port_scan":              "scanner",
	"connection/reconnaissance":         "scanner",
	"connection/scraping":               "other",
	"connection/sql_injection":          "exploit",
	"connection/vulnerability_scan":     "scanner",
	"content/brand_infringement":        "masquerade",
	"content/csam":                      "violence", // RSIT's type names child sexual exploitation
	"content/csem":                      "violence",
	"content/exposed_data":              "data-leak",
	"content/fraud":                     "masquerade",
	"content/malware":                   "malware-distribution",
	"content/phishing":                  "phishing",
	"content/remote_compromise":         "system-compromise",
	"content/suspicious_registration":   "undetermined",
	"copyright/copyright":               "copyright",
	"copyright/cyberlocker":             "copyright",
	"copyright/link_site":               "copyright",
	"copyright/p2p":                     "copyright",
	"copyright/ugc_platform":            "copyright",
	"copyright/usenet":                  "copyright",
	"infrastructure/botnet":             "infected-system",
	"infrastructure/compromised_server": "system-compromise",
	"messaging/bulk_messaging":          "spam",
	"messaging/spam":                    "spam",
	"reputation/blocklist":              "undetermined",
	"reputation/threat_intelligence":    "undetermined",
	"vulnerability/cve":                 "vulnerable-system",
	"vulnerability/misconfiguration":    "vulnerable-system",
	"vulnerability/open_service":        "potentially-unwanted-accessible",
}

// XARFClass is what a category and type of X-ARF v4 are in RSIT's words; what is unknown is undetermined.
func XARFClass(category, kind string) rsit.Type { return known(xarfClasses[category+"/"+kind]) }

// FeedbackClasses is the whole table of FeedbackClass, for documentation.
func FeedbackClasses() map[string]rsit.Type { return maps.Clone(feedbackClasses) }

// XARFClasses is the whole table of XARFClass by "category/type", for documentation.
func XARFClasses() map[string]rsit.Type { return maps.Clone(xarfClasses) }

func known(t rsit.Type) rsit.Type {
	if t == "" {
		return "undetermined"
	}
	return t
}
