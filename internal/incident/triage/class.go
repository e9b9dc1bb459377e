package triage

import (
	"cmp"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/incident/indicator"
)

// machineTypes says what the types of machines' reports are in the taxonomy: ARF's (RFC 5965, RFC 6590) and X-ARF's.
var machineTypes = map[string]rsit.Type{
	"abuse": "spam", "fraud": "phishing", "virus": "malware-distribution", "auth-failure": "masquerade", "not-spam": rsit.OtherType, "other": rsit.OtherType,
	"ddos": rsit.DDoS, "infected-host": rsit.InfectedSystem, "login-attack": "brute-force", "port-scan": "scanner", "reconnaissance": "scanner",
	"scraping": "unauthorised-use-of-resources", "sql-injection": "ids-alert", "vulnerability-scan": "scanner",
	"brand-infringement": "masquerade", "csam": "violence", "csem": "violence", "exposed-data": "data-leak", "malware": "malware-distribution",
	"phishing": "phishing", "remote-compromise": "application-compromise", "suspicious-registration": "masquerade",
	"copyright": "copyright", "cyberlocker": "copyright", "link-site": "copyright", "p2p": "copyright", "ugc-platform": "copyright", "usenet": "copyright",
	"botnet": rsit.InfectedSystem, "compromised-server": "system-compromise", "bulk-messaging": "spam", "spam": "spam",
	"blocklist": rsit.Undetermined, "threat-intelligence": rsit.Undetermined, "cve": rsit.VulnerableSystem, "misconfiguration": rsit.VulnerableSystem,
	"open-service": rsit.PotentiallyUnwantedAccessible, "open": rsit.PotentiallyUnwantedAccessible,
}

// happened says what the choices of the public form are in the taxonomy.
var happened = map[string]rsit.Type{
	"phishing": "phishing", "ransomware": "system-compromise", "malware": rsit.InfectedSystem, "account": rsit.UnprivilegedAccountCompromise,
	"website": "application-compromise", "intrusion": "system-compromise", "ddos": rsit.DDoS, "outage": "outage", "leak": "data-leak", "data-leak": "data-leak",
	"fraud": "masquerade", "scam": "masquerade", "spam": "spam", "harassment": "harmful-speech", "vulnerability": rsit.VulnerableSystem, "scan": "scanner",
	"theft": "burglary", "copyright": "copyright",
}

// machineKind is the last part of a machine's type: content/csam, content-csam and CSAM are the same.
func machineKind(m *Machine) string {
	kind := strings.ToLower(strings.ReplaceAll(m.Type, "_", "-"))
	if _, after, ok := strings.Cut(kind, "/"); ok {
		return after
	}
	for _, category := range []string{"connection-", "content-", "copyright-", "infrastructure-", "messaging-", "reputation-", "vulnerability-"} {
		if after, ok := strings.CutPrefix(kind, category); ok {
			return after
		}
	}
	return kind
}

// enough is the weight of words from which a type is suggested; a reporter's own choice alone is enough.
const (
	enough       = 3
	choiceWeight = 6
)

// classify suggests a type, with the reason; "" when nothing tells.
func classify(r Report, heard said, found []indicator.Indicator) (rsit.Type, []Reason) {
	if r.Machine != nil {
		if t, ok := machineTypes[machineKind(r.Machine)]; ok {
			return t, []Reason{{"class", "class.field", []string{r.Machine.Format, r.Machine.Type}}}
		}
	}
	weights, reasons := map[rsit.Type]int{}, map[rsit.Type][]Reason{}
	for _, t := range rsit.Types() {
		if w := heard.weight[string(t)]; w > 0 && t != rsit.TestType {
			weights[t] = w
			reasons[t] = append(reasons[t], Reason{"class", "class.words", []string{heard.shown(string(t))}})
		}
	}
	if t, ok := chosen(r.Answers.Happened); ok {
		weights[t] += choiceWeight
		reasons[t] = append(reasons[t], Reason{"class", "class.answer", []string{r.Answers.Happened}})
	}
	if cve := first(found, indicator.CVE); cve != "" {
		weights[rsit.VulnerableSystem] += 2
		reasons[rsit.VulnerableSystem] = append(reasons[rsit.VulnerableSystem], Reason{"class", "class.cve", []string{cve}})
	}
	best := heaviest(weights)
	if weights[best] < enough {
		return "", []Reason{{"class", "class.none", nil}}
	}
	return best, reasons[best]
}

func chosen(answer string) (rsit.Type, bool) {
	answer = strings.ToLower(strings.TrimSpace(answer))
	if t, ok := happened[answer]; ok {
		return t, true
	}
	return rsit.Lookup(answer)
}

func first(found []indicator.Indicator, kind indicator.Kind) string {
	i := slices.IndexFunc(found, func(i indicator.Indicator) bool { return i.Kind == kind })
	if i < 0 {
		return ""
	}
	return found[i].Value
}

// heaviest is the type with the most weight; of two, the one first in the taxonomy.
func heaviest(weights map[rsit.Type]int) rsit.Type {
	var have []rsit.Type
	for _, t := range rsit.Types() {
		if weights[t] > 0 {
			have = append(have, t)
		}
	}
	if have == nil {
		return ""
	}
	slices.SortStableFunc(have, func(a, b rsit.Type) int { return cmp.Compare(weights[b], weights[a]) })
	return have[0]
}

// usual is how bad a type is when nothing else is known; what is not here is Medium.
var usual = map[rsit.Type]Severity{
	"spam": Low, "copyright": Low, "scanner": Low, "brute-force": Low, "ids-alert": Low, "weak-crypto": Low, rsit.PotentiallyUnwantedAccessible: Low,
	rsit.DDoSAmplifier: Low, rsit.TestType: Low, rsit.OtherType: Low, "harmful-speech": Medium,
	"violence": High, rsit.C2Server: High, "malware-distribution": High, "privileged-account-compromise": High, "application-compromise": High,
	"system-compromise": High, rsit.DDoS: High, "sabotage": High, "outage": Medium, "data-leak": High, "data-loss": High, "unauthorised-information-modification": High,
}

// severity starts from the type's usual one; an essential organisation, or what is in progress, makes it worse by one; life at risk makes it Critical.
func severity(r Report, t rsit.Type, heard said, essential string) (Severity, []Reason) {
	s, known := usual[t]
	if !known {
		s = Medium
	}
	reasons := []Reason{{"severity", "severity.type", []string{string(s)}}}
	if r.Machine == nil && !r.Auto && heard.any("life") {
		if harmful(t) {
			return Critical, append(reasons, Reason{"severity", "severity.life", []string{heard.shown("life")}})
		}
		s, reasons = worse(s), append(reasons, Reason{"severity", "severity.life", []string{heard.shown("life")}})
	}
	if essential != "" {
		s, reasons = worse(s), append(reasons, Reason{"severity", "severity.essential", []string{essential}})
	}
	if r.Machine == nil && heard.any("now") && s != Low {
		s, reasons = worse(s), append(reasons, Reason{"severity", "severity.now", []string{heard.shown("now")}})
	}
	return s, reasons
}

// harmful reports types that can stop or break something.
func harmful(t rsit.Type) bool {
	return slices.Contains([]rsit.Class{rsit.Intrusions, rsit.Availability, rsit.MaliciousCode}, t.Class()) ||
		slices.Contains([]rsit.Type{"data-loss", "unauthorised-information-modification", "harmful-speech"}, t)
}

func worse(s Severity) Severity {
	list := Severities()
	return list[max(0, slices.Index(list, s)-1)]
}
