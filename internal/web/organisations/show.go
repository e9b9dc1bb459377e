package organisations

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// number writes a count.
func number(ctx context.Context, n int) string { return words.Number(words.Of(ctx), int64(n)) }

func whole(n int) string { return strconv.Itoa(n) }

func segment(s string) string { return url.PathEscape(s) }

// kept are the choices that stay when the text of the filter changes.
func kept(l List) url.Values {
	out := url.Values{}
	for name, values := range l.URL {
		if name != "q" {
			out[name] = values
		}
	}
	return out
}

var stateWords = map[string]string{
	string(finding.Open): "organisations.state.open", string(finding.Notified): "organisations.state.notified",
	string(finding.Acknowledged): "organisations.state.acknowledged", string(finding.Muted): "organisations.state.muted",
	string(finding.NoLongerSeen): "organisations.state.gone", string(finding.Fixed): "organisations.state.fixed",
	string(finding.Reopened): "organisations.state.reopened",
}

var stateTones = map[finding.State]ui.Tone{
	finding.Open: ui.Bad, finding.Notified: ui.Info, finding.Acknowledged: ui.Info, finding.Muted: ui.Quiet, finding.NoLongerSeen: ui.Warn,
	finding.Fixed: ui.Good, finding.Reopened: ui.Bad,
}

func stateWord(ctx context.Context, s string) string { return word(ctx, stateWords, s) }

var deliveryWords = map[string]string{
	string(delivery.Queued): "organisations.message.queued", string(delivery.Sending): "organisations.message.sending",
	string(delivery.Delivered): "organisations.message.accepted", string(delivery.InDoubt): "organisations.message.doubtful",
	string(delivery.Held): "organisations.message.held", string(delivery.Rejected): "organisations.message.refused",
	string(delivery.Bounced): "organisations.message.bounced", string(delivery.Cancelled): "organisations.message.cancelled",
}

func findingsTone(o One) ui.Tone {
	if o.Findings > 0 && o.Criticality == string(constituency.Essential) {
		return ui.Bad
	}
	return ""
}

// contactLine says what a contact is for, its language, and how it is written to.
func contactLine(ctx context.Context, c constituency.Contact) string {
	parts := []string{word(ctx, purposeWords, string(c.Purpose))}
	if c.Language != "" {
		parts = append(parts, c.Language)
	}
	switch {
	case c.Encryption == constituency.EncryptionRequired:
		parts = append(parts, T(ctx, "organisations.contact.required"))
	case c.Key != "":
		parts = append(parts, T(ctx, "organisations.contact.encrypted"))
	case c.Channel == constituency.Mail:
		parts = append(parts, T(ctx, "organisations.contact.plain"))
	}
	return strings.Join(parts, " · ")
}

// keyWord is the word for what is encrypted to.
func keyWord(c constituency.Contact) string {
	if constituency.IsCertificate(c.Key) {
		return "organisations.contact.certificate"
	}
	return "organisations.contact.key"
}

// keyFault says why nothing can be encrypted to a contact that has a key, or needs one.
func keyFault(o One, c constituency.Contact) string {
	if c.Key == "" && c.Encryption != constituency.EncryptionRequired {
		return ""
	}
	if err := constituency.KeyUsable(c.Key, o.Now); err != nil {
		return err.Error()
	}
	return ""
}

func blockLabel(ctx context.Context, b Block) string {
	return b.Value + ": " + T(ctx, "organisations.map.findings", "n", b.Findings)
}

func blockURL(id string, b Block) string { return findingsURL(id, standingTerms, "ip:"+b.Value) }

// networkFindings is the list of what stands in a network: by its addresses, else by the register's network itself.
func networkFindings(id string, n desk.NetworkView) string {
	if n.Rule == constituency.ByPrefix {
		return findingsURL(id, standingTerms, "ip:"+n.Value)
	}
	return findingsURL(id, standingTerms, `network:"`+n.ID+`"`)
}

var opWords = map[string]string{"add": "organisations.did.add", "change": "organisations.did.change", "remove": "organisations.did.remove"}

var objectWords = map[string]string{
	"organisation": "organisations.object.organisation", "network": "organisations.object.network", "contact": "organisations.object.contact",
}

// entries makes history readable.
func entries(ctx context.Context, list []desk.OrganisationEntry) []ui.Entry {
	icons := map[string]string{"add": "plus", "remove": "trash"}
	var out []ui.Entry
	for _, e := range list {
		what := word(ctx, opWords, e.Op) + ": " + word(ctx, objectWords, e.Object)
		for _, more := range []string{e.Value, e.Detail} {
			if more != "" {
				what += " " + more
			}
		}
		one := ui.Entry{At: e.At, Who: e.By, What: what, Icon: icons[e.Op], Tone: ui.Quiet}
		if one.Icon == "" {
			one.Icon = "edit"
		}
		if e.Reason != "" {
			one.Body = ui.Text(e.Reason)
		}
		out = append(out, one)
	}
	return out
}

// progressOf says how far the work on an upload is.
func progressOf(ctx context.Context, u desk.Upload) ui.ProgressProps {
	out := ui.ProgressProps{ID: "upload", Title: u.Name, Stream: uploadURL(u.ID, "/progress"), Result: ui.Link{Text: T(ctx, "organisations.import.look"), Href: uploadURL(u.ID)}}
	switch u.State {
	case desk.Reading:
		out.Text, out.Result = T(ctx, "organisations.import.reading"), ui.Link{}
	case desk.Applying:
		out.Text, out.Result = T(ctx, "organisations.import.applying"), ui.Link{}
	case desk.Ready:
		out.Text, out.Stream, out.Tone = T(ctx, "organisations.import.ready"), "", ui.Good
	case desk.Applied:
		out.Text, out.Stream, out.Tone = T(ctx, "organisations.import.applied", "n", u.Tally.All), "", ui.Good
	default:
		out.Text, out.Stream, out.Tone = u.Fault, "", ui.Bad
	}
	return out
}
