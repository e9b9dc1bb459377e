package message

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/event"
)

// table lays the rows of a section out: a line each, with the time, the address, the port and protocol, and the malware where it fits; what
// does not fit stands indented below.
func table(s Section, rows []Row, words columnWords, opened bool) (out []rowView, header string) {
	address := clip(words.Address, 20)
	width := utf8.RuneCountInString(address)
	for _, w := range rows {
		width = max(width, utf8.RuneCountInString(place(w)))
	}
	width = min(width, 39) // of the longest address
	out = make([]rowView, len(rows))
	for i, w := range rows {
		out[i] = lay(s, w, width)
	}
	port := words.Port
	if opened && stampWidth+width+4+utf8.RuneCountInString(words.SourcePort) <= columns {
		port = words.SourcePort
	}
	return out, unbroken(pad(clip(words.Time, stampWidth), stampWidth) + "  " + pad(address, width) + "  " + clip(port, 20))
}

// stampWidth is how wide a time is.
const stampWidth = len(time.DateTime)

// place is what the row is about: an address, else a host or the host of the URL.
func place(w Row) string {
	if w.Addr != "" {
		if a, err := netip.ParseAddr(w.Addr); err == nil {
			return a.Unmap().String()
		}
		return text(w.Addr, 39)
	}
	if w.Host != "" {
		return defangHost(clip(w.Host, 39))
	}
	return "-"
}

func lay(s Section, w Row, width int) rowView {
	at := stamp(w.at())
	if at == "" {
		at = "-"
	}
	var b strings.Builder
	b.WriteString(pad(at, stampWidth))
	b.WriteString("  ")
	b.WriteString(pad(place(w), width))
	b.WriteString("  ")
	b.WriteString(port(w.Port, w.Transport))
	out := rowView{Details: details(s, w)}
	if m := malware(s, w); m != "" {
		if len(out.Details) == 0 && utf8.RuneCountInString(b.String())+2+utf8.RuneCountInString(m) <= columns-2 {
			b.WriteString("  " + m)
		} else {
			out.Details = append([]string{m}, out.Details...)
		}
		if n := len(out.Details); n == 2 && strings.Contains(out.Details[1], string(glue)) {
			out.Details = []string{m + "  " + out.Details[1]} // malware and the other side: one line
		}
	}
	// The blanks of the table hold, whatever the width of a line: folding would take them for one.
	out.Line = unbroken(strings.TrimRight(b.String(), " "))
	return out
}

// malware is the row's, where the section does not name it.
func malware(s Section, w Row) string {
	if w.Malware == "" || w.Malware == s.Malware {
		return ""
	}
	return text(w.Malware, maxName)
}

// details are what else somebody needs to find the machine or page: the other side, the name, the URL.
func details(s Section, w Row) []string {
	var out []string
	if w.Host != "" && w.Addr != "" && w.URL == "" {
		out = append(out, defangHost(w.Host))
	}
	if w.URL != "" {
		out = append(out, defangURL(w.URL))
	}
	if o := other(w); o != "" {
		arrow := "-> "
		if s.Standing == Victim {
			arrow = "<- "
		}
		out = append(out, unbroken(arrow)+o)
	}
	return out
}

// other is the other side of the connection, as the event has it: whichever side is not the row's own.
func other(w Row) string {
	side := "destination."
	if w.Addr != "" && w.Event[event.FieldDestIP] == w.Addr && w.Event[event.FieldSourceIP] != w.Addr {
		side = "source."
	}
	ip, host := w.Event[side+"ip"], w.Event[side+"fqdn"]
	p, _ := strconv.ParseInt(w.Event[side+"port"], 10, 64)
	var out string
	switch {
	case ip != "":
		out = text(ip, 45)
	case host == "":
		return ""
	}
	if host != "" {
		out = strings.TrimPrefix(out+string(glue)+defangHost(host), string(glue))
	}
	if p > 0 {
		out += string(glue) + "port" + string(glue) + strconv.FormatInt(p, 10)
	}
	return out
}

func port(p int64, transport string) string {
	t := text(transport, 8)
	switch {
	case p > 0 && t != "":
		return strconv.FormatInt(p, 10) + "/" + t
	case p > 0:
		return strconv.FormatInt(p, 10)
	}
	return t
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}
