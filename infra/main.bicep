// Everything that the app needs in Azure, in a resource group of its own: `azd up`.
// Comments in modules/ say what each part costs when idle: list prices of 2025 in US dollars.

targetScope = 'subscription'

@description('Name of the environment; names the resource group, too.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('A region that has Flex Consumption with Python 3.13.')
param location string

@description('Who is notified of alerts and of costs; empty: nobody.')
param alertEmail string = ''

@description('Country code without +, such as 33; empty: no SMS.')
param alertSmsCountryCode string = ''

@description('Number without the country code; empty: no SMS.')
param alertSmsNumber string = ''

@description('true: predict and feedback need no key, for a site whose users have none.')
param publicSite bool = false

@description('Texts and feedbacks a minute that one address may send to a public site, on each instance.')
@minValue(1)
param publicPerMinute int = 60

@description('Origins of other sites whose pages may call the app; none by default.')
param allowedOrigins array = []

@description('Memory of an instance; 2048 has one core, the others in proportion.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Requests at once on one instance before another is started.')
@minValue(1)
@maxValue(1000)
param perInstanceConcurrency int = 16

@description('Instances to be started at most, which bounds what an attack can cost; in some regions 40 is the least.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 10

@description('Instances that are always ready, which spares cold starts and is billed all the time.')
@minValue(0)
param alwaysReady int = 0

@description('GB of telemetry a day after which the rest is dropped, alerts with it.')
@minValue(1)
param dailyQuotaGb int = 1

@description('Costs a month, in the currency of the subscription, at which somebody is notified.')
@minValue(1)
param budgetAmount int = 50

@description('First day of the month in which the budget began; empty: this month.')
param budgetStart string = ''

@description('owner/name of the GitHub repository whose workflows deploy and train; empty: none.')
param githubRepository string = ''

@description('Object id of who reviews feedback, publishes by hand and rotates keys; empty: nobody.')
param operatorId string = ''

@allowed(['User', 'Group'])
param operatorType string = 'User'

@description('Not to be given: the default is the only place where the date can be read.')
param currentMonth string = utcNow('yyyy-MM-01')

var tags = { 'azd-env-name': environmentName }
var token = uniqueString(subscription().id, environmentName, location)

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    githubRepository: githubRepository
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    dailyQuotaGb: dailyQuotaGb
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
  }
}

module app 'modules/app.bicep' = {
  name: 'app'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    identityId: identity.outputs.appId
    identityClientId: identity.outputs.appClientId
    hostStorage: storage.outputs.hostName
    dataStorage: storage.outputs.dataName
    packagesUrl: storage.outputs.packagesUrl
    connectionString: monitoring.outputs.connectionString
    receiptKeysUri: vault.outputs.receiptKeysUri
    publicSite: publicSite
    publicPerMinute: publicPerMinute
    allowedOrigins: allowedOrigins
    instanceMemoryMB: instanceMemoryMB
    perInstanceConcurrency: perInstanceConcurrency
    maximumInstanceCount: maximumInstanceCount
    alwaysReady: alwaysReady
  }
}

module access 'modules/access.bicep' = {
  name: 'access'
  scope: group
  params: {
    hostStorage: storage.outputs.hostName
    dataStorage: storage.outputs.dataName
    vaultName: vault.outputs.name
    insightsName: monitoring.outputs.insightsName
    workspaceName: monitoring.outputs.workspaceName
    functionApp: app.outputs.name
    planName: app.outputs.planName
    appPrincipalId: identity.outputs.appPrincipalId
    deployPrincipalId: identity.outputs.deployPrincipalId
    trainPrincipalId: identity.outputs.trainPrincipalId
    operatorId: operatorId
    operatorType: operatorType
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    email: alertEmail
    smsCountryCode: alertSmsCountryCode
    smsNumber: alertSmsNumber
  }
}

module budget 'modules/budget.bicep' = {
  name: 'budget'
  scope: group
  params: {
    amount: budgetAmount
    start: empty(budgetStart) ? currentMonth : budgetStart
    actionGroupId: alerts.outputs.actionGroupId
  }
}

// azd keeps these in its environment, where the hooks and `azd env get-values` find them.
output AZURE_RESOURCE_GROUP string = group.name
output FUNCTION_APP string = app.outputs.name
output FUNCTION_APP_ID string = app.outputs.id
output FUNCTION_APP_URL string = app.outputs.url
output KEY_VAULT string = vault.outputs.name
output DATA_STORAGE string = storage.outputs.dataName
output WORKSPACE_ID string = monitoring.outputs.workspaceCustomerId
output DEPLOY_CLIENT_ID string = identity.outputs.deployClientId
output TRAIN_CLIENT_ID string = identity.outputs.trainClientId
