package mailreport

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/platform/mime"
)

// XARF is the format of X-ARF v4 documents: JSON objects, one or several one after the other.
type XARF struct {
	clock    clock.Clock
	defaults format.Defaults
}

// NewXARF makes the format.
func NewXARF(c clock.Clock, d format.Defaults) *XARF { return &XARF{clock: c, defaults: d} }

// Name is the format's name in the configuration.
func (*XARF) Name() string { return "xarf" }

// Open checks that the input begins with a JSON object; anything else is problem.Invalid.
func (x *XARF) Open(in format.Input) (format.Opened, error) {
	head := bytes.TrimPrefix(in.Head, []byte("\xef\xbb\xbf"))
	if trimmed := bytes.TrimSpace(head); len(trimmed) == 0 || trimmed[0] != '{' {
		return format.Opened{}, problem.New(problem.Invalid, "%s: an X-ARF document begins with {, this input does not", in.Name)
	}
	d := &xarfDecoder{defaults: x.defaults, window: format.WindowAt(x.clock.Now())}
	return format.Opened{Decoder: d, Split: format.Whole, Skip: len(in.Head) - len(head), Report: x.defaults.Report}, nil
}

type xarfDecoder struct {
	defaults format.Defaults
	window   format.Window
}

// Decode implements format.Decoder.
func (d *xarfDecoder) Decode(part format.Part, b *event.Batch) (used int, err error) {
	part.TakeRejects(b)
	rows := format.NewRows(b, d.defaults, d.window)
	dec := json.NewDecoder(bytes.NewReader(part.Data))
	for line, seen := part.Line, int64(0); ; {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return len(part.Data), nil
		}
		begin := dec.InputOffset() - int64(len(raw))
		line += int64(bytes.Count(part.Data[seen:begin], []byte{'\n'}))
		seen = begin
		rej := event.Reject{Line: line, Offset: part.Offset + begin, Length: len(raw)}
		if err != nil {
			rej.Length, rej.Code, rej.Reason = len(part.Data)-int(begin), event.RejectSyntax, "from here on this is no JSON: "+err.Error()
			b.Reject(rej)
			return len(part.Data), nil
		}
		rows.Begin(raw)
		rows.End(xarf(rows, raw), rej)
	}
}

// places says where X-ARF's members go. Others are kept in extra, save evidence.
var places = map[string]string{
	"timestamp":        event.FieldTime,
	"source_port":      event.FieldSourcePort,
	"destination_ip":   event.FieldDestIP,
	"destination_port": event.FieldDestPort,
	"malware_family":   event.FieldMalware,
	"user_agent":       "user_agent",
	"description":      "event_description.text",
	"cve_id":           "product.vulnerabilities",
	"service":          "protocol.application",
	"smtp_from":        "source.account",
}

// xarf takes the event from one X-ARF document.
func xarf(rows *format.Rows, raw []byte) format.Fault {
	s := setter{rows: rows}
	members := map[string]string{}
	var policy []string // one that is an object, as statements
	broken := format.Flatten(raw, func(name string, v []byte) {
		if statement, ok := strings.CutPrefix(name, memberIEP+"."); ok {
			policy = append(policy, statement+"="+string(v))
			return
		}
		switch name {
		case "tags":
			members[name] = string(v)
		case "pap", memberIEP:
			members[name] = string(v)
			return
		case "category", "type", "source_identifier", "protocol", "url", "xarf_version":
			members[name] = string(v)
			return
		}
		// The schema says of _internal that it is never passed between systems; evidence is a list, but may come as anything.
		if top, _, _ := strings.Cut(name, "."); top == "_internal" || top == "evidence" {
			return
		}
		field, placed := places[name]
		if !placed {
			field = event.ExtraPrefix + name
		}
		s.set(field, string(v))
	})
	if !broken.OK() {
		return broken
	}
	if !strings.HasPrefix(members["xarf_version"], "4.") {
		return format.Fault{Code: event.RejectSyntax, Reason: "this is no X-ARF document of version 4"}
	}
	for _, name := range []string{"category", "type", "source_identifier"} {
		if members[name] == "" {
			return format.Fault{Code: event.RejectMissing, Reason: "the X-ARF document has no " + name}
		}
	}
	if members[memberIEP] == "" {
		members[memberIEP] = strings.Join(policy, "\n")
	}
	s.handle(members)
	s.classify(members)
	s.where(members)
	return s.first
}

// memberIEP is the member in which a report says a policy.
const memberIEP = "firehall_iep"

// handle sets how the report is to be handled: its tags say a label of TLP and one of PAP, and it may have a policy. What is no label, or no policy, is the
// strictest.
func (s *setter) handle(members map[string]string) {
	var tags []string
	_ = json.Unmarshal([]byte(members["tags"]), &tags) // what is no list names no label
	if members["pap"] != "" {                          // as some write it
		tags = append(tags, "pap:"+members["pap"])
	}
	label, pap := tlp.Clear, tlp.PAPClear
	labelled := false
	for _, tag := range tags {
		switch space, word, _ := strings.Cut(strings.ToLower(tag), ":"); space {
		case "tlp":
			one, _ := tlp.Parse(word)
			label, labelled = max(label, one), true
		case "pap":
			one, _ := tlp.ParsePAP(word)
			pap = max(pap, one)
		}
	}
	if labelled {
		s.set("tlp", label.Short())
	}
	if pap > tlp.PAPClear {
		s.set(event.FieldPAP, pap.Short())
	}
	s.set(event.FieldIEP, members[memberIEP])
}

func (s *setter) classify(members map[string]string) {
	s.set(event.FieldType, string(mime.XARFClass(members["category"], members["type"])))
	s.set(event.FieldIdentifier, members["category"]+"-"+strings.ReplaceAll(members["type"], "_", "-"))
	s.set("extra.xarf_version", members["xarf_version"])
	switch p := strings.ToLower(members["protocol"]); p {
	case "tcp", "udp", "icmp", "sctp":
		s.set(event.FieldTransport, p)
	default:
		if s.rows.Has("protocol.application") {
			s.set("extra.protocol", p)
			return
		}
		s.set("protocol.application", p)
	}
}

// where sets what the report is about: an address, a domain name or a URL.
func (s *setter) where(members map[string]string) {
	id := members["source_identifier"]
	if _, ok := format.ParseAddr([]byte(id)); ok {
		s.set(event.FieldSourceIP, id)
	} else if name, ok := format.Domain(nil, []byte(id)); ok {
		s.set(event.FieldSourceFQDN, string(name))
	} else {
		s.set("extra.source_identifier", id)
	}
	if strings.Contains(members["url"], "://") {
		s.fault(s.rows.SetURL("source", []byte(members["url"])))
	} else {
		s.set("extra.url", members["url"])
	}
	if s.first.OK() && !s.rows.Has(event.FieldSourceIP) && !s.rows.Has(event.FieldSourceFQDN) {
		s.first = format.Fault{Code: event.RejectAddress, Reason: "source_identifier is neither an IP address nor a domain name, and there is no URL"}
	}
}
