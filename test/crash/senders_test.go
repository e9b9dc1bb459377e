package crash

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// The rows of the inputs that come while servers die: small ones, so that many fall between two kills.
const (
	dropRows   = 400
	pushedRows = 300
)

// seen is when all of it was seen: the same in each writing of an input, or it would be another input.
var seen = time.Now().UTC().Add(-20 * time.Hour).Format(time.DateTime)

// inputText writes one input: its rows are of that number alone.
func inputText(number, rows int) []byte {
	var b bytes.Buffer
	b.WriteString("timestamp,ip,port,protocol,hostname,tag,asn,geo,region,city,naics,sic,banner\n")
	for i := range rows {
		fmt.Fprintf(&b, "%s,11.%d.%d.%d,23,tcp,,telnet,64500,FI,,,0,0,login %d\n", seen, i%256, number&0xff, i>>8, number)
	}
	return b.Bytes()
}

// push sends inputs numbered from first, each third one, one after the other, each until one of the servers has said yes: the server asked
// first is another each time.
func (s *servedSite) push(first int, servers []*server, stop <-chan struct{}) {
	client := &http.Client{Timeout: 10 * time.Second}
	for number, turn := first, 0; ; number += 3 {
		text := inputText(number, pushedRows)
		for !s.pushed(client, servers[turn%len(servers)].address, number, text) {
			turn++
			time.Sleep(50 * time.Millisecond)
		}
		turn++
		s.yes(number, pushedRows)
		select {
		case <-stop:
			return
		case <-time.After(150 * time.Millisecond):
		}
	}
}

// pushed sends one input; an answer that was lost leaves open whether it was taken, so it is sent again, under the same name.
func (s *servedSite) pushed(client *http.Client, address string, number int, text []byte) bool {
	url := fmt.Sprintf("http://%s/api/v1/feeds/shadowserver/push?name=%d-scan_telnet.csv", address, number)
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(text)) //nolint:noctx // a test
	if err != nil {
		s.t.Error(err)
		return true
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Content-Type", "text/csv")
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = res.Body.Close() }()
	answer, _ := io.ReadAll(res.Body)
	if res.StatusCode >= 400 && res.StatusCode < 500 && res.StatusCode != http.StatusTooManyRequests && res.StatusCode != http.StatusConflict {
		s.t.Errorf("pushing: %d %s", res.StatusCode, answer)
		return true
	}
	return res.StatusCode == http.StatusAccepted
}

// drop puts inputs numbered 3, 6, 9 and so on into the drop folder, by rename as who cares does.
func (s *servedSite) drop(stop <-chan struct{}) {
	for number := 3; ; number += 3 {
		whole := filepath.Join(s.drops, fmt.Sprintf("%d-scan_telnet.csv", number))
		if err := os.WriteFile(whole+".part", inputText(number, dropRows), 0o600); err != nil {
			s.t.Error(err)
			return
		}
		if err := os.Rename(whole+".part", whole); err != nil {
			s.t.Error(err)
			return
		}
		s.yes(number, dropRows)
		select {
		case <-stop:
			return
		case <-time.After(300 * time.Millisecond):
		}
	}
}
