package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// intelmq makes JSON lines in IntelMQ's names; every fourth is about IPv6. The line in the middle is cut short.
func intelmq(p plan, o FeedOptions) ([]byte, int, error) {
	rows := max(p.share*o.Rows/100, 10)
	var out bytes.Buffer
	for i := range rows {
		if i == rows/2 {
			out.WriteString(`{"source.ip": "192.0.2.1", "classification.ty` + "\n")
		}
		line, err := json.Marshal(intelmqEvent(mix(o.Seed^salt("intelmq")^uint64(i)), i, o.Now))
		if err != nil {
			return nil, 0, err
		}
		out.Write(append(line, '\n'))
	}
	return out.Bytes(), rows + 1, nil
}

func intelmqEvent(h uint64, i int, now time.Time) map[string]any {
	ip := Documentation.address(h)
	addr := netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)})
	e := map[string]any{"source.asn": Documentation.asn(ip), "source.geolocation.cc": Documentation.country(ip)}
	if i%4 == 3 {
		sites := [...]int{0x110, 0x1aa, 0x207, 0xf01}
		addr = Host6(sites[below(mix(h), len(sites))], below(h, 5000))
		e = map[string]any{} // nothing known: enrichment has something to do
	}
	at := now.Add(-time.Duration(below(mix(h^1), 86400)) * time.Second).UTC()
	e["source.ip"], e["time.source"] = addr.String(), at.Format(time.RFC3339)
	e["feed.name"], e["feed.provider"], e["feed.accuracy"] = "Honeynet", "Demonstra Honeynet", 90.0
	e["classification.type"], e["classification.taxonomy"], e["classification.identifier"] = "brute-force", "intrusion-attempts", "ssh"
	e["protocol.transport"], e["protocol.application"] = "tcp", "ssh"
	e["destination.port"], e["source.port"] = 22, 1024+below(h, 60000)
	e["extra.attempts"] = 1 + below(mix(h^2), 900)
	return e
}

// plainList makes a list of addresses, domains and URLs with comments; one line is no such thing.
func plainList(p plan, o FeedOptions) ([]byte, int, error) {
	rows := max(p.share*o.Rows/100, 10)
	out := []byte("# machines that the exchange partners block\n\n")
	hosts := strings.Split("www.city-hospital.example files.uni-kalla.example pay.first-bank.example old.shopfront.example", " ")
	for i := range rows {
		h := mix(o.Seed ^ salt("list") ^ uint64(i))
		switch host := hosts[below(h, len(hosts))]; i % 4 {
		case 0:
			out = fmt.Appendf(out, "http://%s/%x/login.php\n", host, h>>40)
		case 1:
			out = fmt.Appendf(out, "n%d.%s\n", i, host)
		default:
			out = append(appendIPv4(out, Documentation.address(h)), '\n')
		}
	}
	return append(out, "999.999.1.1 is no address\n"...), rows + 1, nil
}

// xarf makes one X-ARF v4 report about guessed passwords.
func xarf(_ plan, o FeedOptions) ([]byte, int, error) {
	at := o.Now.Add(-5 * time.Hour).UTC()
	desk := map[string]string{"org": "Demonet Abuse Desk", "contact": "abuse@demonet.example", "domain": "demonet.example"}
	h := hexOf(nil, o.Seed^salt("xarf"), 16)
	text, err := json.MarshalIndent(map[string]any{
		"xarf_version": "4.2.0", "report_id": fmt.Sprintf("%s-%s-4%s-8%s-%s", h[:8], h[8:12], h[13:16], h[17:20], h[20:]),
		"timestamp": at.Format(time.RFC3339), "reporter": desk, "sender": desk,
		"source_identifier": "192.0.2.66", "source_port": 54321, "category": "connection", "type": "login_attack",
		"evidence_source": "honeypot", "destination_ip": "198.51.100.20", "destination_port": 22, "protocol": "tcp",
		"first_seen": at.Add(-time.Hour).Format(time.RFC3339), "last_seen": at.Format(time.RFC3339), "tags": []string{"service:ssh"},
	}, "", "  ")
	return text, 1, err
}

// arf makes one complaint mail (RFC 5965): a recipient pressed "this is spam".
func arf(_ plan, o FeedOptions) ([]byte, int, error) {
	at := o.Now.Add(-3 * time.Hour).UTC().Format(time.RFC1123Z)
	text := fmt.Sprintf(arfMail, at, o.Seed, at, at)
	return []byte(strings.ReplaceAll(text, "\n", "\r\n")), 1, nil
}

const arfMail = `From: <feedback@aurora-mobile.example>
To: <abuse@northlight.example>
Date: %s
Subject: FW: You have won
Message-ID: <complaint-%d@aurora-mobile.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part"

--part
Content-Type: text/plain; charset="US-ASCII"
Content-Transfer-Encoding: 7bit

This is an e-mail abuse report about a message from 192.0.2.90.

--part
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: DemoComplaints/1.0
Version: 1
Original-Mail-From: <winner@n7.uni-kalla.example>
Arrival-Date: %s
Source-IP: 192.0.2.90
Reported-Domain: uni-kalla.example

--part
Content-Type: message/rfc822
Content-Disposition: inline

From: <winner@n7.uni-kalla.example>
To: <reader@aurora-mobile.example>
Date: %s
Subject: You have won
Message-ID: <won-1@n7.uni-kalla.example>

Send us your account number.

--part--
`
