// The rules of ../alerts/rules.json, whose queries the tests execute as they are. A rule costs about
// US$1.50 a month when it runs every five minutes; e-mails are free to 1,000 a month, SMS by country.

param location string
param tags object
param workspaceId string
param email string

@description('Country code without +, such as 33; empty: no SMS.')
param smsCountryCode string

@description('Number without the country code.')
param smsNumber string

var rules = loadJsonContent('../alerts/rules.json')

// The compiler reads files by literal names only; a test compares these with the rules.
var queries = {
  'failures.kql': loadTextContent('../alerts/failures.kql')
  'negative_feedback_burst.kql': loadTextContent('../alerts/negative_feedback_burst.kql')
  'negative_feedback_rate.kql': loadTextContent('../alerts/negative_feedback_rate.kql')
}

// What Azure takes as a frequency or a window, of what the rules use.
var durations = {
  '5': 'PT5M'
  '15': 'PT15M'
  '30': 'PT30M'
  '60': 'PT1H'
  '1440': 'P1D'
}

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-sentiment'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'sentiment'
    enabled: true
    emailReceivers: empty(email) ? [] : [{ name: 'e-mail', emailAddress: email, useCommonAlertSchema: true }]
    smsReceivers: empty(smsNumber) ? [] : [{ name: 'sms', countryCode: smsCountryCode, phoneNumber: smsNumber }]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: rule.name
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: rule.name
      description: rule.description
      severity: rule.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: durations[string(rule.frequencyMinutes)]
      windowSize: durations[string(rule.windowMinutes)]
      criteria: {
        allOf: [
          {
            query: queries[rule.file]
            timeAggregation: 'Count'
            operator: rule.operator
            threshold: rule.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      // Notifies once, and again only after it was resolved: several evaluations see one burst.
      autoMitigate: true
      // The tables are made when the first telemetry arrives, which is after the rules.
      skipQueryValidation: true
      actions: { actionGroups: [people.id] }
    }
  }
]

output actionGroupId string = people.id
