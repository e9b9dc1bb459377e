package organisations

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

// word says a name in the reader's language; one that has no word as it is.
func word(ctx context.Context, keys map[string]string, name string) string {
	if key, ok := keys[name]; ok {
		return T(ctx, key)
	}
	return name
}

var kindWords = map[string]string{
	string(constituency.Constituent): "organisations.kind.constituent", string(constituency.Provider): "organisations.kind.provider",
	string(constituency.Peer): "organisations.kind.peer", string(constituency.Vendor): "organisations.kind.vendor",
	string(constituency.Authority): "organisations.kind.authority",
}

var criticalityWords = map[string]string{
	string(constituency.Essential): "organisations.criticality.essential", string(constituency.Important): "organisations.criticality.important",
	string(constituency.Ordinary): "organisations.criticality.ordinary", "": "organisations.criticality.unknown",
}

var criticalityTones = map[string]ui.Tone{string(constituency.Essential): ui.Bad, string(constituency.Important): ui.Warn}

var troubleWords = map[string]string{
	string(constituency.NoContact): "organisations.trouble.none", string(constituency.BrokenContact): "organisations.trouble.bad",
	string(constituency.DoubtfulContact): "organisations.trouble.doubtful", string(constituency.EndedKey): "organisations.trouble.key",
}

var purposeWords = map[string]string{
	string(constituency.Abuse): "organisations.purpose.abuse", string(constituency.Security): "organisations.purpose.security",
	string(constituency.AllHours): "organisations.purpose.always", string(constituency.Legal): "organisations.purpose.legal",
	string(constituency.Technical): "organisations.purpose.technical",
}

var healthWords = map[string]string{
	string(constituency.Unknown): "organisations.health.unknown", string(constituency.Good): "organisations.health.good",
	string(constituency.Doubtful): "organisations.health.doubtful", string(constituency.Bad): "organisations.health.bad",
}

var healthTones = map[string]ui.Tone{
	string(constituency.Unknown): ui.Quiet, string(constituency.Good): ui.Good, string(constituency.Doubtful): ui.Warn, string(constituency.Bad): ui.Bad,
}

var ruleWords = map[string]string{
	string(constituency.ByPrefix): "organisations.rule.prefix", string(constituency.ByDomain): "organisations.rule.domain",
	string(constituency.ByASN): "organisations.rule.asn", string(constituency.ByCountry): "organisations.rule.country",
}

var severityWords = map[string]string{
	string(constituency.Error): "organisations.check.error", string(constituency.Warning): "organisations.check.warning", string(constituency.Info): "organisations.check.info",
}

var severityTones = map[string]ui.Tone{
	string(constituency.Error): ui.Bad, string(constituency.Warning): ui.Warn, string(constituency.Info): ui.Info,
}

// sector says a sector in the directive's words.
func sector(name string) string {
	if title := constituency.Sector(name).Title(); title != "" {
		return title
	}
	return name
}

func params(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v.Encode()
}

func oneURL(id string, rest ...string) string {
	return path + "/" + url.PathEscape(id) + strings.Join(rest, "")
}

func uploadURL(id string, rest ...string) string {
	return importPath + "/" + url.PathEscape(id) + strings.Join(rest, "")
}

// findingsURL is the list of findings of an organisation.
func findingsURL(id string, more ...string) string {
	return "/findings?" + params("q", strings.Join(append([]string{`org:"` + id + `"`}, more...), " "))
}

// standingTerms narrow findings to those that stand.
const standingTerms = "state:open,notified,acknowledged,reopened"

func crumbs(r *shell.Request, more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Text: r.T("organisations.title"), Href: path}}, more...)
}

// validity says from when to when something holds.
func validity(ctx context.Context, from, until time.Time) string {
	zone := ui.Of(ctx).Zone
	switch {
	case !from.IsZero() && !until.IsZero():
		return T(ctx, "organisations.valid.both", "from", from.In(zone).Format(time.DateOnly), "until", until.In(zone).Format(time.DateOnly))
	case !from.IsZero():
		return T(ctx, "organisations.valid.from", "from", from.In(zone).Format(time.DateOnly))
	case !until.IsZero():
		return T(ctx, "organisations.valid.until", "until", until.In(zone).Format(time.DateOnly))
	}
	return ""
}
