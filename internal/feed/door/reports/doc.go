// Package reports fetches the reports of Shadowserver's reports API.
//
// The API takes a POST with a JSON body that holds the key; the header HMAC2 is the hexadecimal HMAC-SHA256 of the body under the secret
// (https://github.com/The-Shadowserver-Foundation/api_utils/wiki). reports/list names the reports of some days, each with an id, and each is
// fetched by its id once: what was announced stands in a table, so that what could not be had is tried again, and what came while nobody
// asked is caught up with.
package reports
