// Idle, these cost nothing: what is sent is billed, about US$2.30 a GB after 5 GB a month.

param location string
param tags object
param token string

@description('GB a day after which telemetry is dropped, alerts with it.')
param dailyQuotaGb int

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: 'log-${token}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
    workspaceCapping: { dailyQuotaGb: dailyQuotaGb }
    features: {
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${token}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    IngestionMode: 'LogAnalytics'
    // Only who has the role Monitoring Metrics Publisher can send: a key in a page cannot.
    DisableLocalAuth: true
  }
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Tweet sentiment'
    category: 'workbook'
    sourceId: insights.id
    version: '1.0'
    serializedData: replace(loadTextContent('../workbook.json'), '{{workspace}}', workspace.id)
  }
}

output workspaceName string = workspace.name
output workspaceId string = workspace.id
output workspaceCustomerId string = workspace.properties.customerId
output insightsName string = insights.name
output connectionString string = insights.properties.ConnectionString
