package interop

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// certificate has OpenSSL make a certificate for a mailbox, and gives the files of it and of its key.
func certificate(t *testing.T, dir, mailbox string) (cert, key string) {
	t.Helper()
	cert, key = filepath.Join(dir, mailbox+".pem"), filepath.Join(dir, mailbox+".key")
	run(t, "", "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "90", "-subj", "/CN="+mailbox,
		"-addext", "subjectAltName=email:"+mailbox, "-addext", "keyUsage=critical,keyEncipherment,digitalSignature", "-addext", "extendedKeyUsage=emailProtection",
		"-addext", "basicConstraints=critical,CA:FALSE")
	return cert, key
}

// A bank whose contact has a certificate is written to: what leaves is opened and verified by OpenSSL, with the bank's key and with the team's.
func TestSMIMELeaves(t *testing.T) {
	t.Parallel()
	need(t, "openssl")
	dir := t.TempDir()
	team, teamKey := certificate(t, dir, "cert@cert.example")
	bank, bankKey := certificate(t, dir, "soc@bank.example")
	out := filepath.Join(dir, "out")
	s := start(t, "[mail]\nmaildir = \""+out+"\"\n[reports]\nsmime_cert = \""+team+"\"\nsmime_key = \""+teamKey+"\"\n")
	text, err := os.ReadFile(bank)
	if err != nil {
		t.Fatal(err)
	}
	s.firehall("constituency", "import", put(t, dir, "register.yaml", "organisations:\n  - name: Bank\n    networks: [203.0.113.0/24]\n    contacts:\n      - contact: soc@bank.example\n"+
		"        encryption: required\n        key: |\n          "+strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n          ")+"\n"))
	s.key = strings.TrimSpace(s.firehall("token", "add", "robot", "--scope", "incidents:read,incidents:write,reports:write"))
	var incident struct{ ID string }
	s.post("/incidents", "application/json", `{"title":"Fraud","class":"fraud","tlp":"TLP:AMBER"}`, http.StatusCreated, &incident)
	s.ask(http.MethodPost, "/incidents/"+incident.ID+"/dialogues", "application/json",
		`{"parties":[{"name":"Bank","email":"soc@bank.example"}],"subject":"A question","text":"The word is nougatine.","need":"It is theirs."}`, http.StatusCreated)
	var message string
	until(t, "a message is in the maildir", func() bool {
		list, err := filepath.Glob(filepath.Join(out, "new", "*"))
		if err != nil || len(list) == 0 {
			return false
		}
		message = list[0]
		return true
	})
	if raw, err := os.ReadFile(message); err != nil || strings.Contains(string(raw), "nougatine") || !strings.Contains(string(raw), "smime-type=enveloped-data") {
		t.Fatalf("%v\n%s", err, raw)
	}
	for cert, key := range map[string]string{bank: bankKey, team: teamKey} {
		signed := run(t, "", "openssl", "cms", "-decrypt", "-in", message, "-recip", cert, "-inkey", key)
		if plain := run(t, signed, "openssl", "cms", "-verify", "-CAfile", team, "-purpose", "smimesign"); !strings.Contains(plain, "nougatine") {
			t.Errorf("%s does not tell: %s", cert, plain)
		}
	}
	if own, err := os.ReadFile(team); err != nil || s.firehall("keys", "--smime") != string(own) {
		t.Errorf("the team does not give out its certificate: %v", err)
	}
}
