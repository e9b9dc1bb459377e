package keyring

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// webhookSecret is the name of the secret that those of the contacts are derived from.
const webhookSecret = "webhook"

// WebhookSecret returns the secret with which messages to one contact's webhook are signed, by the contact's id: "whsec_" and 32 bytes in
// base64, the form of the Standard Webhooks specification. It can be computed again at any time, so it is stored nowhere.
func (r *Ring) WebhookSecret(contact string) (string, error) {
	secret, err := r.Secret(webhookSecret)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, secret[:])
	mac.Write([]byte(contact)) // never fails
	return "whsec_" + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}
