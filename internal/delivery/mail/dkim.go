package mail

import (
	"bytes"
	"crypto"
	"strings"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/firehall/firehall/internal/core/problem"
)

// domainKey signs for a domain (DKIM, RFC 6376).
type domainKey struct {
	domain, selector string
	signer           crypto.Signer
}

// aligned tells whether a signature of domain speaks for the addresses of from: DMARC (RFC 7489 §3.1.1, relaxed) asks for the same domain
// or one above it.
func aligned(domain, from string) bool {
	return strings.Contains(domain, ".") && (from == domain || strings.HasSuffix(from, "."+domain))
}

// sign puts the signature before the message. It covers each field that the message has, and that there is no second From, To or Subject
// (RFC 6376 §8.15). Both forms are the relaxed ones: a relay may fold headers anew.
func (k *domainKey) sign(message []byte, names []string) ([]byte, error) {
	if k == nil {
		return message, nil
	}
	signer, err := dkim.NewSigner(&dkim.SignOptions{
		Domain: k.domain, Selector: k.selector, Signer: k.signer, Hash: crypto.SHA256,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		HeaderKeys: append(names, "From", "To", "Subject"),
	})
	if err != nil {
		return nil, problem.Wrap(problem.Internal, err, "sign for %s", k.domain)
	}
	_, err = signer.Write(message)
	if closed := signer.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, problem.Wrap(problem.Internal, err, "sign for %s", k.domain)
	}
	return bytes.Join([][]byte{[]byte(signer.Signature()), message}, nil), nil
}
